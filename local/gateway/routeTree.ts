/** A resource of the API: one segment of its paths. */
export interface RouteNode<Method> {
  /** `/v1/devices/{device}`. */
  readonly path: string;
  readonly methods: Map<string, Method>;
  readonly literals: Map<string, RouteNode<Method>>;
  variable?: {
    readonly name: string;
    readonly isGreedy: boolean;
    readonly node: RouteNode<Method>;
  };
}

export interface FoundRoute<Method> {
  readonly node: RouteNode<Method>;
  /** As in the path: percent-encoded. */
  readonly parameters: Readonly<Record<string, string>>;
}

const variablePart = /^\{([\w.:-]+)(\+?)\}$/;

/** The resource of `/`. */
export const rootNode = <Method>(): RouteNode<Method> => newNode("/");

const newNode = <Method>(path: string): RouteNode<Method> => ({
  path,
  methods: new Map(),
  literals: new Map(),
});

/**
 * Adds a segment below `parent`: a literal, `{name}` or `{name+}`. Fails on paths that API Gateway
 * rejects too.
 */
export const addNode = <Method>(parent: RouteNode<Method>, part: string): RouteNode<Method> => {
  const path = `${parent.path === "/" ? "" : parent.path}/${part}`;
  if (/\+\}$/.test(parent.path)) throw new Error(`${path}: nothing may follow a greedy variable`);
  const node = newNode<Method>(path);
  const [, name, plus] = variablePart.exec(part) ?? [];
  if (name === undefined) {
    parent.literals.set(part, node);
  } else if (parent.variable !== undefined) {
    throw new Error(`${path}: a sibling already has a variable path part, only one is allowed`);
  } else {
    parent.variable = { name, isGreedy: plus === "+", node };
  }
  return node;
};

/**
 * Finds the resource of a path, segment by segment: a literal first, then the segment's variable. A
 * greedy variable matches the rest. There is no backtracking from a literal to a variable: API
 * Gateway does not document any, and routes that work without it also work with it.
 *
 * A trailing slash is ignored, as in REST APIs. An encoded slash (`%2F`) is part of its segment.
 */
export const findNode = <Method>(
  root: RouteNode<Method>,
  path: string,
): FoundRoute<Method> | undefined => {
  const parts = path.split("/").slice(1);
  const parameters: Record<string, string> = {};
  let node = root;
  for (const [level, part] of parts.entries()) {
    const isTrailingSlash = part === "" && level === parts.length - 1;
    if (isTrailingSlash) break;
    const literal = node.literals.get(part);
    const { variable } = node;
    if (literal !== undefined) {
      node = literal;
    } else if (variable === undefined || part === "") {
      return undefined;
    } else {
      parameters[variable.name] = variable.isGreedy ? parts.slice(level).join("/") : part;
      node = variable.node;
      if (variable.isGreedy) break;
    }
  }
  return { node, parameters };
};
