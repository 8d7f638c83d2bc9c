import { type Route as Row, routes as rows } from "../api/routes.ts";
import { callRoutes } from "./callRoutes.ts";
import { certificateRoutes } from "./certificateRoutes.ts";
import { clientRoutes } from "./clientRoutes.ts";
import { deviceRoutes } from "./deviceRoutes.ts";
import { publishRoutes, streamRoutes } from "./eventRoutes.ts";
import { healthRoutes } from "./healthRoutes.ts";
import { productRoutes } from "./productRoutes.ts";
import { formsOf, type Route } from "./route.ts";
import { teamRoutes } from "./teamRoutes.ts";
import { tokenRoutes } from "./tokenRoutes.ts";
import { userRoutes } from "./userRoutes.ts";

/** The routes of each file in `functions/` that answers HTTP requests. */
const functions = {
  health: healthRoutes,
  accounts: { ...userRoutes, ...tokenRoutes, ...clientRoutes },
  products: { ...productRoutes, ...teamRoutes },
  devices: { ...deviceRoutes, ...certificateRoutes },
  call: callRoutes,
  publish: publishRoutes,
  stream: streamRoutes,
} satisfies Readonly<Record<string, Readonly<Record<string, Route>>>>;

/** The name of a function that answers HTTP requests. */
export type ApiFunction = keyof typeof functions | (typeof rows)[number]["function"];

/** One URL of the REST API, and the function that answers it. */
export interface GatewayRoute extends Omit<Row, "function"> {
  readonly function: ApiFunction;
  readonly route?: Route;
}

const expand = (name: keyof typeof functions): GatewayRoute[] =>
  Object.values<Route>(functions[name]).flatMap((route) =>
    formsOf(route).map(({ path, access }) => ({
      method: route.method,
      path,
      access,
      function: name,
      route,
      ...(route.stream && { stream: true as const }),
    })),
  );

const names = ["health", "accounts", "products", "devices", "call", "publish", "stream"] as const;

/** Every URL of the REST API. */
export const routes: readonly GatewayRoute[] = [...names.flatMap(expand), ...rows];
