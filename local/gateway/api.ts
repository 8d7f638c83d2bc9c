import type { GatewayResponse } from "./gatewayResponses.ts";
import type { HttpReply } from "./httpReply.ts";
import { type RouteNode, rootNode } from "./routeTree.ts";

/** What answers a method of a resource. */
export type Integration =
  | {
      readonly kind: "function";
      readonly functionArn: string;
      readonly streams: boolean;
      readonly timeoutMs: number;
    }
  /** The same reply always: what is left of a MOCK integration in a CORS preflight. */
  | { readonly kind: "fixed"; readonly reply: HttpReply };

/** A REST API with its stage, as the template has it. */
export interface Api {
  id: string;
  account: string;
  stage: string;
  readonly root: RouteNode<Integration>;
  readonly responses: Map<string, GatewayResponse>;
  /** Says of each request, by its method and the path of its resource, whether the stage lets it pass. */
  admit: (method: string, path: string) => boolean;
}

/** An API in which nothing is found yet. */
export const emptyApi = (): Api => ({
  id: "",
  account: "",
  stage: "",
  root: rootNode(),
  responses: new Map(),
  admit: () => true,
});
