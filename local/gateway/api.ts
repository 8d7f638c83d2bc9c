import type { GatewayResponse } from "./gatewayResponses.ts";
import type { HttpReply } from "./httpReply.ts";
import { type RouteNode, rootNode } from "./routeTree.ts";

/** The integration of a method. */
export type Integration =
  | {
      readonly kind: "function";
      readonly functionArn: string;
      readonly streams: boolean;
      readonly timeoutMs: number;
    }
  /** A fixed response, as from the MOCK integration of a CORS preflight. */
  | { readonly kind: "fixed"; readonly reply: HttpReply };

/** A REST API and its stage, as the template defines them. */
export interface Api {
  id: string;
  /** The name, a dimension of its metrics. */
  name: string;
  account: string;
  stage: string;
  readonly root: RouteNode<Integration>;
  readonly responses: Map<string, GatewayResponse>;
  /** The content types of bodies that functions receive as base64. */
  readonly binaryTypes: Set<string>;
  /** Whether the stage's throttling admits a request, by its method and resource path. */
  admit: (method: string, path: string) => boolean;
  /** Whether a method has metrics of its own. */
  isMetered: (method: string, path: string) => boolean;
}

/** An API without resources. */
export const emptyApi = (): Api => ({
  id: "",
  name: "",
  account: "",
  stage: "",
  root: rootNode(),
  responses: new Map(),
  binaryTypes: new Set(),
  admit: () => true,
  isMetered: () => false,
});
