/** What surrounds every page: navigation, search, help, and the keys that reach them. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { Link, NavLink, Outlet, ScrollRestoration, useLocation, useNavigate, useNavigation } from "react-router";

import type { Command } from "../lib/keys";
import { paths } from "../lib/paths";
import { onCopy } from "../lib/wholeArns";
import { Icon, type IconName } from "../ui/Icon";
import { Help } from "./Help";
import { Search } from "./Search";
import { useShortcuts } from "./useShortcuts";

const PAGES: readonly { to: string; name: string; icon: IconName }[] = [
  { to: paths.overview(), name: "Overview", icon: "overview" },
  { to: paths.workloads(), name: "Workloads", icon: "workloads" },
  { to: paths.findings(), name: "Findings", icon: "findings" },
  { to: paths.graph(), name: "Graph", icon: "graph" },
  { to: paths.explain(), name: "Explain", icon: "explain" },
  { to: paths.events(), name: "Events", icon: "events" },
  { to: paths.coverage(), name: "Coverage", icon: "coverage" },
  { to: paths.status(), name: "Status", icon: "status" },
];

export function Shell() {
  const search = useRef<HTMLInputElement>(null);
  const main = useRef<HTMLElement>(null);
  const [help, setHelp] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const loading = useNavigation().state === "loading";
  useFocusOnNewPage(main);
  useEffect(() => {
    document.addEventListener("copy", onCopy);
    return () => document.removeEventListener("copy", onCopy);
  }, []);
  useShortcuts((command: Command) => {
    if (command === "search") {
      search.current?.focus();
      search.current?.select();
    } else if (command === "help") setHelp(true);
    else void navigate(paths[command]());
  });
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <header className="top">
        <Link to={paths.overview()} className="brand" aria-label="Podtrail, overview">
          <Logo />
          <span>Podtrail</span>
        </Link>
        <Search inputRef={search} />
        <Button className="icon-button" aria-label="Reload the data" onPress={() => void queries.invalidateQueries()}>
          <Icon name="refresh" />
        </Button>
        <Button className="icon-button" aria-label="Keyboard shortcuts" onPress={() => setHelp(true)}>
          <Icon name="keyboard" />
        </Button>
      </header>
      <nav className="nav" aria-label="Pages">
        {PAGES.map((page) => (
          <NavLink key={page.to} to={page.to} end={page.to === "/"}>
            <Icon name={page.icon} />
            {page.name}
          </NavLink>
        ))}
      </nav>
      <main id="main" ref={main} tabIndex={-1} aria-busy={loading}>
        <Outlet />
      </main>
      <Help isOpen={help} onOpenChange={setHelp} />
      <ScrollRestoration />
    </div>
  );
}

/** A workload's tabs are one page: moving between them leaves the focus on the tab. */
function useFocusOnNewPage(main: React.RefObject<HTMLElement | null>) {
  const page = useLocation().pathname.split("/").slice(0, 5).join("/");
  const shown = useRef(page);
  useEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    // Whoever has begun to type meanwhile keeps the focus.
    if (document.activeElement instanceof HTMLInputElement) return;
    main.current?.focus({ preventScroll: true });
  }, [page, main]);
}

function Logo() {
  return (
    <svg viewBox="0 0 24 24" className="logo" aria-hidden="true">
      <circle cx="5" cy="19" r="2.6" />
      <circle cx="19" cy="5" r="2.6" />
      <path d="M7.6 19H14a3.5 3.5 0 0 0 0-7h-4a3.5 3.5 0 0 1 0-7h6.4" />
    </svg>
  );
}
