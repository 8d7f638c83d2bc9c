import { expect, it } from "vitest";
import { basePath } from "../../../functions/edge/site/basePath.ts";

it.each([
  ["one machine", "/console/devices/x", "/console/devices/x", "/console/"],
  ["a stage", "/console/devices/x", "/live/console/devices/x", "/live/console/"],
  ["a stage named as the site", "/console", "/console/console", "/console/console/"],
  ["a base path of a domain name", "/console/", "/cloud/v2/console/", "/cloud/v2/console/"],
  ["a context that has another path", "/console/x", "/other", "/console/"],
  ["a prefix that is no path", "/console", '/"><script>/console', "/console/"],
  ["another host", "/console", "//example.com/console", "/console/"],
])("addresses of the page begin at the site: %s", (_, path, whole, base) => {
  expect(basePath("/console", { path, requestContext: { path: whole } })).toBe(base);
});
