import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addNode, findNode, type RouteNode, rootNode } from "../../../local/gateway/routeTree.ts";

/** A tree with a resource for each path. */
const tree = (...paths: string[]): RouteNode<string> => {
  const root = rootNode<string>();
  const nodes = new Map([["", root]]);
  for (const path of paths) {
    let at = "";
    for (const part of path.split("/").slice(1)) {
      const parent = nodes.get(at)!;
      at += `/${part}`;
      if (!nodes.has(at)) nodes.set(at, addNode(parent, part));
    }
  }
  return root;
};

const find = (root: RouteNode<string>, path: string) => {
  const found = findNode(root, path);
  return found && { resource: found.node.path, parameters: { ...found.parameters } };
};

const part = fc.stringMatching(/^[a-z0-9%.-]{1,6}$/);

describe("the route of a path", () => {
  const root = tree(
    "/v1/devices",
    "/v1/devices/events",
    "/v1/devices/events/{prefix+}",
    "/v1/devices/{device}",
    "/v1/devices/{device}/events",
    "/v1/devices/{device}/events/{prefix+}",
  );

  it("prefers literals to variables in every segment", () => {
    fc.assert(
      fc.property(part, fc.boolean(), fc.array(part, { maxLength: 3 }), (device, isWord, rest) => {
        fc.pre(device !== "events");
        const level = isWord ? "events" : `${device}/events`;
        const path = ["/v1/devices", level, ...rest].join("/");
        const resource = isWord ? "/v1/devices/events" : "/v1/devices/{device}/events";
        const own = isWord ? {} : { device };
        expect(find(root, path)).toEqual(
          rest.length === 0
            ? { resource, parameters: own }
            : { resource: `${resource}/{prefix+}`, parameters: { ...own, prefix: rest.join("/") } },
        );
      }),
    );
  });

  it("keeps percent-encoded characters in their segment", () => {
    expect(find(root, "/v1/devices/a%2Fb/events/x%2Fy/z%20")).toEqual({
      resource: "/v1/devices/{device}/events/{prefix+}",
      parameters: { device: "a%2Fb", prefix: "x%2Fy/z%20" },
    });
  });

  it("ignores a trailing slash", () => {
    expect(find(root, "/v1/devices/")).toEqual(find(root, "/v1/devices"));
    expect(find(root, "/v1/devices/abc/")).toEqual(find(root, "/v1/devices/abc"));
    expect(find(root, "/")).toEqual({ resource: "/", parameters: {} });
  });

  it.each([
    "/v2",
    "/v1/devices/abc/other",
    "/v1//devices",
    "/v1/devices//events",
    "//",
    "/V1/devices",
  ])("is undefined for %s", (path) => {
    expect(find(root, path)).toBeUndefined();
  });

  it("is undefined where a literal has no child, even next to a variable", () => {
    const narrow = tree("/{any}/end", "/word/other");
    expect(find(narrow, "/word/end")).toBeUndefined();
  });
});

describe("a resource that API Gateway rejects", () => {
  it("is a second variable of a segment", () => {
    expect(() => tree("/a/{x}", "/a/{y+}")).toThrow("only one is allowed");
  });
  it("is anything below a greedy variable", () => {
    expect(() => tree("/a/{rest+}/b")).toThrow("greedy");
  });
});
