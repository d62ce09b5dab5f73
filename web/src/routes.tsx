import { Navigate, useRouteError, type RouteObject } from "react-router";

import { NotFound } from "./pages/NotFound";
import { Shell } from "./shell/Shell";
import { ProblemBox, Skeleton } from "./ui/states";

function PageError() {
  return <ProblemBox error={useRouteError()} retry={() => window.location.reload()} />;
}

/** Each page is a chunk of its own, fetched when it is first opened. */
export const routes: RouteObject[] = [
  {
    element: <Shell />,
    HydrateFallback: () => <Skeleton label="Loading the dashboard" />,
    children: [
      {
        errorElement: <PageError />,
        children: [
          { index: true, lazy: async () => ({ Component: (await import("./pages/Overview")).Overview }) },
          { path: "workloads", lazy: async () => ({ Component: (await import("./pages/Workloads")).Workloads }) },
          {
            path: "workloads/:cluster/:namespace/:service_account",
            lazy: async () => ({ Component: (await import("./pages/workload/Workload")).Workload }),
            children: [
              { index: true, element: <Navigate to="permissions" replace /> },
              { path: "permissions", lazy: async () => ({ Component: (await import("./pages/workload/Permissions")).Permissions }) },
              { path: "policy", lazy: async () => ({ Component: (await import("./pages/workload/Policy")).Policy }) },
              { path: "replay", lazy: async () => ({ Component: (await import("./pages/workload/Replay")).ReplayTab }) },
              { path: "findings", lazy: async () => ({ Component: (await import("./pages/workload/Findings")).WorkloadFindings }) },
              { path: "graph", lazy: async () => ({ Component: (await import("./pages/workload/Graph")).WorkloadGraph }) },
              { path: "explain", lazy: async () => ({ Component: (await import("./pages/workload/Explain")).WorkloadExplain }) },
              { path: "migration", lazy: async () => ({ Component: (await import("./pages/workload/Migration")).MigrationTab }) },
              { path: "sessions", lazy: async () => ({ Component: (await import("./pages/workload/Sessions")).Sessions }) },
              { path: "denied", lazy: async () => ({ Component: (await import("./pages/workload/Denied")).Denied }) },
            ],
          },
          { path: "findings", lazy: async () => ({ Component: (await import("./pages/Findings")).Findings }) },
          { path: "findings/:id", lazy: async () => ({ Component: (await import("./pages/Finding")).FindingPage }) },
          { path: "graph", lazy: async () => ({ Component: (await import("./pages/Graph")).GraphPage }) },
          { path: "explain", lazy: async () => ({ Component: (await import("./pages/Explain")).ExplainPage }) },
          { path: "explain/*", lazy: async () => ({ Component: (await import("./pages/Explain")).ExplainPage }) },
          { path: "coverage", lazy: async () => ({ Component: (await import("./pages/Coverage")).CoveragePage }) },
          { path: "sessions/:session_id", lazy: async () => ({ Component: (await import("./pages/Session")).Session }) },
          { path: "events", lazy: async () => ({ Component: (await import("./pages/Events")).Events }) },
          { path: "events/:event_id", lazy: async () => ({ Component: (await import("./pages/Event")).Event }) },
          { path: "status", lazy: async () => ({ Component: (await import("./pages/Status")).StatusPage }) },
          { path: "*", element: <NotFound /> },
        ],
      },
    ],
  },
];
