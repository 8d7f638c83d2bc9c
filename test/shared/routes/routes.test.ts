import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { readInput } from "#shared/input/readInput.ts";
import { Failure } from "#shared/platform/failure.ts";
import { errorsOf, type Route, usualStatus } from "#shared/routes/route.ts";
import { routes } from "#shared/routes/table.ts";

const operations = [...new Map(routes.map((url) => [url.route, url])).values()];

const bodies = ({ replies }: Route): z.core.$ZodType[] =>
  Object.values(replies).filter((schema) => schema !== undefined);

describe("every route", () => {
  it.each(operations)("$method $path has a summary of one sentence", ({ route }) => {
    expect(route.summary).toMatch(/^[A-Z].*[^.\s]$/);
  });

  it.each(operations)("$method $path has an example that its schemas accept", ({ route }) => {
    const { input, reply } = route.example;
    const inPath = [...route.path.matchAll(/\{(\w+)/g)].map(([, name = ""]) => name);
    expect(() => readInput(route.input, input, new Set(inPath))).not.toThrow();
    const accepted = bodies(route).filter((schema) => z.safeParse(schema, reply).success);
    expect(accepted).not.toEqual([]);
  });

  it.each(operations)("$method $path has one usual status of success", ({ route }) => {
    expect([200, 201, 202, 204]).toContain(usualStatus(route));
  });

  it.each(operations)("$method $path has the fields of its path in its input", ({ route }) => {
    const inPath = [...route.path.matchAll(/\{(\w+)/g)].map(([, name = ""]) => name);
    const own = inPath.filter((name) => name !== "product");
    const without = Object.entries({ ...Object(route.example.input) }).map(([name]) => name);
    expect(without).toEqual(expect.arrayContaining(own));
  });

  it.each(routes)("$method $path has errors of the table of failures", ({ route, ...form }) => {
    const statuses = errorsOf(route, form).map((code) => new Failure("", { code }).status);
    expect(statuses).toContain(400);
    expect(statuses.includes(401)).toBe(
      form.access !== "everyone" || route.errors.includes("invalid_token"),
    );
  });
});

it("no two routes have the same method and path", () => {
  const keys = routes.map(({ method, path }) => `${method} ${path}`);
  expect(keys).toHaveLength(new Set(keys).size);
});
