import { describe, expect, it } from "vitest";
import { policyDocument } from "../../../../local/iot/policy/document.ts";
import { permissions, type Subject } from "../../../../local/iot/policy/permissions.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: IoT Core fills these in.

const arnPrefix = "arn:aws:iot:us-east-1:000000000000:";
const thing = { name: "d1", attributes: { fleet: "f1" } };
const attached: Subject = { clientId: "d1", thing };
const alone: Subject = { clientId: "d1" };

const statement = (Action: string, resource: string, more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource: `${arnPrefix}${resource}`,
  ...more,
});

const allowed = (statements: object[], subject: Subject = attached) =>
  permissions([policyDocument.parse({ Version: "2012-10-17", Statement: statements })], {
    subject,
    arnPrefix,
  });

describe("permissions", () => {
  it("allow nothing without a policy", () => {
    const none = permissions([], { subject: attached, arnPrefix });
    expect(none.allow("iot:Connect", "client/d1")).toBe(false);
  });

  it("allow exactly what a statement names", () => {
    const { allow } = allowed([statement("iot:Publish", "topic/a/*")]);
    expect(allow("iot:Publish", "topic/a/b")).toBe(true);
    expect(allow("iot:Publish", "topic/b/a")).toBe(false);
    expect(allow("iot:Receive", "topic/a/b")).toBe(false);
  });

  it("deny what one statement denies, even if others allow it", () => {
    const deny = statement("iot:Publish", "topic/a/secret", { Effect: "Deny" });
    const { allow } = allowed([deny, statement("iot:*", "*")]);
    expect(allow("iot:Publish", "topic/a/open")).toBe(true);
    expect(allow("iot:Publish", "topic/a/secret")).toBe(false);
  });

  it("use the attached thing and its attributes", () => {
    const resource =
      "topic/events/${iot:Connection.Thing.Attributes[fleet]}/${iot:Connection.Thing.ThingName}/?*";
    const { allow } = allowed([statement("iot:Publish", resource)]);
    expect(allow("iot:Publish", "topic/events/f1/d1/t")).toBe(true);
    expect(allow("iot:Publish", "topic/events/f1/d1/")).toBe(false);
    expect(allow("iot:Publish", "topic/events/f1/d2/t")).toBe(false);
    expect(allow("iot:Publish", "topic/events/f2/d1/t")).toBe(false);
  });

  it.each([
    "client/${iot:Connection.Thing.ThingName}",
    "client/d1${iot:Connection.Thing.Attributes[none]}",
  ])("match nothing when the variable of %s has no value", (resource) => {
    const subject = resource.includes("none") ? attached : alone;
    const { allow } = allowed([statement("iot:Connect", resource)], subject);
    expect(allow("iot:Connect", "client/d1")).toBe(false);
    expect(allow("iot:Connect", "client/")).toBe(false);
  });

  it("treat a wildcard in a client id literally", () => {
    const statements = [statement("iot:Publish", "topic/${iot:ClientId}")];
    const { allow } = allowed(statements, { clientId: "*" });
    expect(allow("iot:Publish", "topic/*")).toBe(true);
    expect(allow("iot:Publish", "topic/other")).toBe(false);
  });

  it("treat an escaped wildcard literally", () => {
    const { allow } = allowed([statement("iot:Publish", "topic/${*}")]);
    expect(allow("iot:Publish", "topic/*")).toBe(true);
    expect(allow("iot:Publish", "topic/a")).toBe(false);
  });

  it("compare a policy wildcard with a topic filter as text", () => {
    const { allow } = allowed([statement("iot:Subscribe", "topicfilter/events/f1/*")]);
    expect(allow("iot:Subscribe", "topicfilter/events/f1/#")).toBe(true);
    expect(allow("iot:Subscribe", "topicfilter/events/+/t")).toBe(false);
    expect(allow("iot:Subscribe", "topicfilter/#")).toBe(false);
  });

  it.each(["true", true, ["true"]])("require an attached thing with the condition %j", (value) => {
    const Condition = { Bool: { "iot:Connection.Thing.IsAttached": value } };
    const statements = [statement("iot:Connect", "client/*", { Condition })];
    expect(allowed(statements, attached).allow("iot:Connect", "client/d1")).toBe(true);
    expect(allowed(statements, alone).allow("iot:Connect", "client/d1")).toBe(false);
  });
});

describe("a policy document", () => {
  it.each([
    ["action", statement("iot:Dance", "*"), "Action"],
    ["variable", statement("iot:Publish", "topic/${iot:Dance}"), "${iot:Dance}"],
    [
      "condition operator",
      statement("iot:Publish", "*", { Condition: { StringLike: { a: "b" } } }),
      "StringLike",
    ],
    [
      "condition key",
      statement("iot:Publish", "*", { Condition: { Bool: { "iot:Dance": "true" } } }),
      "iot:Dance",
    ],
    ["element", statement("iot:Publish", "*", { NotResource: "*" }), "NotResource"],
  ])("with an unknown %s is rejected by name", (_, unknown, name) => {
    const parsing = () => policyDocument.parse({ Version: "2012-10-17", Statement: [unknown] });
    expect(parsing).toThrow(name);
  });
});

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: IoT Core fills these in.
