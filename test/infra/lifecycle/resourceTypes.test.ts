import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import { expect, it } from "vitest";
import { stacksOf } from "./deployments.ts";
import { resourceTypes } from "./resourceTypes.ts";

const database = loadAwsServiceSpecSync();

/** The properties of a type that CloudFormation's specification replaces a resource for. */
const replacedFor = (type: string): string[] => {
  const [found] = database.lookup("resource", "cloudFormationType", "equals", type);
  return Object.entries(found?.properties ?? {})
    .filter(([, { causesReplacement }]) => causesReplacement === "yes")
    .map(([name]) => name);
};

it("the model replaces resources for the properties that CloudFormation's specification lists", () => {
  const all = stacksOf({ regions: ["us-east-1"] }).flatMap(({ template }) =>
    Object.values(template.Resources),
  );
  expect(all.length).toBeGreaterThan(100);
  const missing = all.flatMap(({ Type, Properties }) =>
    replacedFor(Type)
      .filter((name) => Properties[name] !== undefined)
      .filter((name) => resourceTypes[Type]?.createOnly?.includes(name) !== true)
      .map((name) => `${Type} ${name}`),
  );
  expect([...new Set(missing)]).toEqual([]);
});
