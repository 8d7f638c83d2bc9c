import { describe, expect, it } from "vitest";
import * as z from "zod";
import { createStack } from "../../../local/template/createStack.ts";
import {
  type ResourceContext,
  resourceProvider,
} from "../../../local/template/resourceProvider.ts";
import { template } from "../../../local/template/template.ts";

interface Making {
  readonly place: ResourceContext;
  readonly properties: unknown;
}

/** Creates a stack of `Test::Thing`s and returns the creation order and the outputs. */
const create = async (
  parts: object,
  outputs = new Map<string, Record<string, string>>(),
  exports = new Map<string, string>(),
) => {
  const made: Making[] = [];
  const thing = resourceProvider({
    type: "Test::Thing",
    properties: z.strictObject({ Name: z.unknown().optional(), Of: z.unknown().optional() }),
    create(properties, place) {
      made.push({ place, properties });
      return { ref: `ref-${place.logicalId}`, attributes: { Arn: `arn-${place.logicalId}` } };
    },
  });
  const stack = { name: "Stack", region: "eu-west-1", template: template.parse(parts) };
  const options = { account: "123456789012", providers: [thing], outputs, exports };
  const created = await createStack(stack, options);
  return { made, ...created, ids: made.map(({ place }) => place.logicalId) };
};

const thing = (Name?: unknown, more: object = {}) => ({
  Type: "Test::Thing",
  Properties: Name === undefined ? {} : { Name },
  ...more,
});

const resolved = async (value: unknown, parts: object = {}) => {
  const { made } = await create({ Resources: { Other: thing(), Thing: thing(value) }, ...parts });
  return made.at(-1)?.properties;
};

describe("a stack", () => {
  it("creates each resource after all kinds of dependencies", async () => {
    const { ids } = await create({
      Resources: {
        A: thing({ Ref: "B" }),
        B: thing([{ deep: { "Fn::GetAtt": ["C", "Arn"] } }]),
        C: thing({ "Fn::Sub": "x-${D}-${E.Arn}-${!F}" }),
        D: thing(undefined, { DependsOn: "E" }),
        E: thing(undefined, { DependsOn: ["F"] }),
        F: thing(),
      },
    });
    expect(ids).toEqual(["F", "E", "D", "C", "B", "A"]);
  });

  it.each([
    [{ Ref: "Other" }, "ref-Other"],
    [{ Ref: "AWS::Region" }, "eu-west-1"],
    [{ Ref: "AWS::AccountId" }, "123456789012"],
    [{ Ref: "AWS::Partition" }, "aws"],
    [{ "Fn::GetAtt": ["Other", "Arn"] }, "arn-Other"],
    [{ "Fn::GetAtt": "Other.Arn" }, "arn-Other"],
    [{ "Fn::Join": ["-", ["a", { Ref: "Other" }, 1]] }, "a-ref-Other-1"],
    [{ "Fn::Sub": "${AWS::Region}/${Other}/${Other.Arn}" }, "eu-west-1/ref-Other/arn-Other"],
    [{ "Fn::Sub": "${!topic()} and ${timestamp}" }, undefined],
    [{ "Fn::Sub": ["${x}${!y}", { x: { Ref: "Other" } }] }, "ref-Other${y}"],
    [{ "Fn::Select": [1, { "Fn::Split": [":", "a:b:c"] }] }, "b"],
    [{ "Fn::If": ["Yes", "a", "b"] }, "a"],
    [{ "Fn::If": ["No", "a", "b"] }, "b"],
    ["${topic()}", "${topic()}"],
  ])("resolves %j", async (value, expected) => {
    const Conditions = {
      Yes: { "Fn::Equals": [{ Ref: "AWS::Region" }, "eu-west-1"] },
      No: { "Fn::Not": [{ Condition: "Yes" }] },
    };
    const resolving = resolved(value, { Conditions });
    if (expected === undefined) await expect(resolving).rejects.toThrow("timestamp");
    else expect(await resolving).toEqual({ Name: expected });
  });

  it("omits AWS::NoValue", async () => {
    expect(await resolved({ Ref: "AWS::NoValue" })).toEqual({});
    expect(await resolved(["a", { Ref: "AWS::NoValue" }])).toEqual({ Name: ["a"] });
  });

  it("creates no resource whose condition is false", async () => {
    const Conditions = { Never: { "Fn::Equals": ["a", "b"] } };
    const { ids } = await create({
      Conditions,
      Resources: { A: thing(undefined, { Condition: "Never" }), B: thing() },
    });
    expect(ids).toEqual(["B"]);
  });

  it("returns its outputs", async () => {
    const { outputs } = await create({
      Resources: { A: thing() },
      Outputs: { Where: { Value: { Ref: "A" }, Description: "where" } },
    });
    expect(outputs).toEqual({ Where: "ref-A" });
  });

  it("reads the outputs of previous stacks", async () => {
    const outputs = new Map([["Earlier", { Arn: "arn-earlier" }]]);
    const read = { StackName: "Earlier", OutputName: "Arn", Region: { Ref: "AWS::Region" } };
    const { made } = await create(
      { Resources: { A: thing({ "Fn::GetStackOutput": read }) } },
      outputs,
    );
    expect(made[0]?.properties).toEqual({ Name: "arn-earlier" });
  });

  it("exports outputs, and reads the exports of previous stacks", async () => {
    const { exports } = await create({
      Resources: { A: thing() },
      Outputs: {
        Where: { Value: { "Fn::GetAtt": ["A", "Arn"] }, Export: { Name: "Stack:Where" } },
        Other: { Value: { Ref: "A" } },
      },
    });
    expect([...exports]).toEqual([["Stack:Where", "arn-A"]]);

    const { made } = await create(
      { Resources: { A: thing({ "Fn::ImportValue": "Stack:Where" }) } },
      new Map(),
      new Map(exports),
    );
    expect(made[0]?.properties).toEqual({ Name: "arn-A" });
  });

  it("refuses a second export with the same name", async () => {
    const Outputs = { Where: { Value: "x", Export: { Name: "Stack:Where" } } };
    const exports = new Map([["Stack:Where", "y"]]);
    await expect(create({ Resources: {}, Outputs }, new Map(), exports)).rejects.toThrow(
      "Stack, Outputs: another output is exported as Stack:Where",
    );
  });

  it("creates no resources of no-op types, and resolves their names", async () => {
    const Resources = {
      Group: { Type: "AWS::Logs::LogGroup", Properties: { Whatever: { Ref: "Thing" } } },
      Thing: thing({ "Fn::GetAtt": ["Group", "Arn"] }),
    };
    const { ids, made } = await create({ Resources });
    expect(ids).toEqual(["Thing"]);
    expect(made[0]?.properties).toEqual({
      Name: "arn:aws:logs:eu-west-1:123456789012:log-group:Stack-Group:*",
    });
  });
});

describe("unknown content fails a stack and is named:", () => {
  it.each([
    ["a type", { A: { Type: "AWS::Rocket::Ship" } }, "Stack, A: .*AWS::Rocket::Ship"],
    [
      "a property",
      { A: { Type: "Test::Thing", Properties: { Size: 1 } } },
      'Stack, A: Test::Thing: .*"Size"',
    ],
    ["a function", { A: thing({ "Fn::Cidr": [] }) }, "Stack, A: .*Fn::Cidr"],
    ["a function in a list", { A: thing([{ "Fn::Cidr": "x" }]) }, "A: .*Fn::Cidr"],
    [
      "an output of another stack",
      { A: thing({ "Fn::GetStackOutput": { StackName: "Other", OutputName: "Arn" } }) },
      "A: .*Other has no output Arn",
    ],
    ["an export", { A: thing({ "Fn::ImportValue": "Other:Arn" }) }, "A: .*named Other:Arn"],
    ["a reference", { A: thing({ Ref: "Nothing" }) }, "Stack, A: .*Nothing"],
    [
      "an attribute",
      { A: thing({ "Fn::GetAtt": ["B", "Url"] }), B: thing() },
      "Stack, A: .*B\\.Url",
    ],
    [
      "an attribute of a no-op resource",
      { A: thing({ "Fn::GetAtt": ["R", "Name"] }), R: { Type: "AWS::Logs::LogGroup" } },
      "Stack, A: .*R\\.Name",
    ],
    ["a condition", { A: thing({ "Fn::If": ["Maybe", 1, 2] }) }, "Stack, A: .*Maybe"],
    ["a circle", { A: thing({ Ref: "B" }), B: thing({ Ref: "A" }) }, "A needs B needs A"],
  ])("%s", async (_, Resources, message) => {
    const making = create({ Resources });
    await expect(making).rejects.toMatchObject({ name: "StartError" });
    await expect(making).rejects.toThrow(new RegExp(message));
  });

  it("a section of the template", () => {
    expect(() => template.parse({ Resources: {}, Transform: "x" })).toThrow("Transform");
  });

  it("an output that fails", async () => {
    const Outputs = { Url: { Value: { Ref: "Nothing" } } };
    await expect(create({ Outputs })).rejects.toThrow("Stack, Outputs: Ref Nothing");
  });
});
