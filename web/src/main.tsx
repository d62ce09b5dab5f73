import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/table.css";
import "./styles/code.css";
import "./styles/overview.css";
import "./styles/workload.css";
import "./styles/pages.css";
import "./styles/evidence.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";

import { queryDefaults } from "./api/defaults";
import { routes } from "./routes";

const queries = new QueryClient({ defaultOptions: { queries: queryDefaults } });
const router = createBrowserRouter(routes);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element `root`");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
