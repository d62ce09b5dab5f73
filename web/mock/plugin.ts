/** Serves the mock estate at /api/v1 in `vite dev` and `vite preview`, under the server's own security headers. */
import type { Connect, Plugin } from "vite";

import { answer, responseOf } from "./handlers.ts";

/** As the server sends it; only the preview does, since Vite's development page needs inline scripts. */
const CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

const api: Connect.NextHandleFunction = (request, response, next) => {
  const url = new URL(request.url ?? "/", "http://mock");
  if (!url.pathname.startsWith("/api/")) {
    next();
    return;
  }
  const found = answer(url);
  const { text, headers } = responseOf(found);
  setTimeout(() => {
    response.writeHead(found.status, headers).end(text);
  }, found.delay);
};

const policy: Connect.NextHandleFunction = (_request, response, next) => {
  response.setHeader("Content-Security-Policy", CSP);
  next();
};

export function mockApi(): Plugin {
  return {
    name: "podtrail-mock-api",
    configureServer(server) {
      server.middlewares.use(api);
    },
    configurePreviewServer(server) {
      server.middlewares.use(policy);
      server.middlewares.use(api);
    },
  };
}
