import * as z from "zod/mini";
import { Failure } from "#shared/platform/failure.ts";
import { errorsOf, type Replies } from "#shared/routes/route.ts";
import { type GatewayRoute, routes } from "#shared/routes/table.ts";
import { addNode, findNode, type RouteNode, rootNode } from "../../../local/gateway/routeTree.ts";

/** A reply of the REST API, and the request that it answers. */
interface Reply {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const root = rootNode<GatewayRoute>();
for (const route of routes) {
  let node: RouteNode<GatewayRoute> = root;
  for (const part of route.path.split("/").slice(1)) {
    const variable = node.variable?.node.path.endsWith(`/${part}`) ? node.variable.node : undefined;
    node = node.literals.get(part) ?? variable ?? addNode(node, part);
  }
  node.methods.set(route.method, route);
}

const routeOf = (method: string, path: string): GatewayRoute | undefined =>
  findNode(root, path.split("?")[0] ?? "")?.node.methods.get(method);

const failure = z.looseObject({ ok: z.literal(false), error: z.string() });

const isStatus = (status: number, replies: Replies): status is keyof Replies & number =>
  Object.hasOwn(replies, status);

/** API Gateway sends these itself, on any route. */
const gatewayStatuses: readonly number[] = [413, 429];

/**
 * Describes how a reply of the REST API differs from the definition of its route: a body that the
 * schema of its status does not accept (an unknown field is such a difference), or an error that
 * the route does not declare. `undefined` if it does not differ, or if no route matches.
 */
export const replyProblem = ({ method, path, status, type, text }: Reply): string | undefined => {
  const found = routeOf(method, path);
  if (found === undefined || status >= 500 || gatewayStatuses.includes(status)) return undefined;
  const { route, ...form } = found;
  if (found.route.page && type.startsWith("text/html")) return undefined;
  const about = `${method} ${form.path} answered ${status} ${text.slice(0, 300)}`;
  if (status >= 400) {
    const body = failure.safeParse(JSON.parse(text));
    if (!body.success) return `${about}: not the body of an error`;
    const codes = errorsOf(route, form);
    const allowed = codes.filter((code) => new Failure("", { code }).status === status);
    const { error } = body.data;
    const isCode = /^[a-z]+(_[a-z]+)+$/.test(error);
    const isDeclared = isCode ? allowed.some((code) => code === error) : allowed.length > 0;
    return isDeclared ? undefined : `${about}: not an error of the route`;
  }
  const { replies } = route;
  if (!isStatus(status, replies)) return `${about}: not a status of the route`;
  if (route.stream || route.binary || (route.csv && type.startsWith("text/csv"))) return undefined;
  if (route.raw && type.startsWith("text/plain")) return undefined;
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  const schema = replies[status];
  const parsed = schema && z.safeParse(schema, body);
  return parsed?.success === false ? `${about}: ${z.prettifyError(parsed.error)}` : undefined;
};
