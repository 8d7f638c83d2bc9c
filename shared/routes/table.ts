import type { Access } from "../api/scopes.ts";
import { archiveEventRoutes } from "./archiveEventRoutes.ts";
import { archiveRoutes } from "./archiveRoutes.ts";
import { auditRoutes } from "./auditRoutes.ts";
import { callRoutes } from "./callRoutes.ts";
import { certificateRoutes } from "./certificateRoutes.ts";
import { clientRoutes } from "./clientRoutes.ts";
import { consoleRoutes } from "./consoleRoutes.ts";
import { contractRoutes } from "./contractRoutes.ts";
import { deadLetterRoutes } from "./deadLetterRoutes.ts";
import { deviceRoutes } from "./deviceRoutes.ts";
import { firmwareHistoryRoutes } from "./firmwareHistoryRoutes.ts";
import { firmwareBinaryRoutes, firmwareRoutes } from "./firmwareRoutes.ts";
import { groupRoutes } from "./groupRoutes.ts";
import { healthRoutes } from "./healthRoutes.ts";
import { incidentRoutes } from "./incidentRoutes.ts";
import { integrationRoutes } from "./integrationRoutes.ts";
import { jobRoutes } from "./jobRoutes.ts";
import { operationsRoutes } from "./operationsRoutes.ts";
import { pageRoutes } from "./pageRoutes.ts";
import { previewRoutes } from "./previewRoutes.ts";
import { productRoutes } from "./productRoutes.ts";
import { publishRoutes } from "./publishRoutes.ts";
import { releaseRoutes } from "./releaseRoutes.ts";
import { formsOf, type Route } from "./route.ts";
import { seriesRoutes } from "./seriesRoutes.ts";
import { serviceAgreementRoutes } from "./serviceAgreementRoutes.ts";
import { sessionRoutes } from "./sessionRoutes.ts";
import { statusSubscriptionRoutes } from "./statusSubscriptionRoutes.ts";
import { streamRoutes } from "./streamRoutes.ts";
import { teamRoutes } from "./teamRoutes.ts";
import { tokenRoutes } from "./tokenRoutes.ts";
import { usageLimitRoutes } from "./usageLimitRoutes.ts";
import { usageRoutes } from "./usageRoutes.ts";
import { userRoutes } from "./userRoutes.ts";
import { vitalsRoutes } from "./vitalsRoutes.ts";

/** The routes of each file in `functions/` that answers HTTP requests. */
const functions = {
  health: healthRoutes,
  contract: contractRoutes,
  accounts: { ...userRoutes, ...tokenRoutes, ...sessionRoutes, ...clientRoutes, ...auditRoutes },
  console: consoleRoutes,
  products: { ...productRoutes, ...teamRoutes },
  devices: { ...deviceRoutes, ...certificateRoutes, ...groupRoutes, ...vitalsRoutes },
  firmware: { ...firmwareRoutes, ...firmwareHistoryRoutes },
  firmwareBinary: firmwareBinaryRoutes,
  releaseApi: releaseRoutes,
  call: callRoutes,
  publish: publishRoutes,
  stream: streamRoutes,
  integrations: {
    ...integrationRoutes,
    ...seriesRoutes,
    ...usageRoutes,
    ...usageLimitRoutes,
    ...serviceAgreementRoutes,
  },
  previews: { ...previewRoutes, ...archiveEventRoutes },
  pages: { ...pageRoutes, ...operationsRoutes },
  deadLetters: deadLetterRoutes,
  jobs: jobRoutes,
  archiveSettings: archiveRoutes,
  incidents: incidentRoutes,
  subscriptions: statusSubscriptionRoutes,
} satisfies Readonly<Record<string, Readonly<Record<string, Route>>>>;

/** The name of a function that answers HTTP requests. */
export type ApiFunction = keyof typeof functions;

/** One URL of the REST API, and the function that answers it. */
export interface GatewayRoute extends Pick<Route, "method"> {
  /** API Gateway streams the response. */
  readonly stream?: true;
  /** The name of the operation. All URLs of a route have the same. */
  readonly name: string;
  /** As in API Gateway: `{name}` is one segment, `{name+}` is the rest of the path. */
  readonly path: string;
  readonly access: Access;
  /** The name of the file in `functions/`. */
  readonly function: ApiFunction;
  readonly route: Route;
}

const isFunction = (name: string): name is ApiFunction => Object.hasOwn(functions, name);

/** Every URL of the REST API. */
export const routes: readonly GatewayRoute[] = Object.keys(functions)
  .filter(isFunction)
  .flatMap((name) =>
    Object.entries<Route>(functions[name]).flatMap(([operation, route]) =>
      formsOf(route).map(({ path, access }) => ({
        name: operation,
        method: route.method,
        path,
        access,
        function: name,
        route,
        ...((route.stream ?? route.binary ?? route.document) && { stream: true as const }),
      })),
    ),
  );
