import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelOf } from "../flow/support/messageProblem.ts";
import { app, ofType, templateOf } from "./synthesized.ts";

const policies = ofType(templateOf(app(), "Godwit-Region-us-east-1"), "AWS::IoT::Policy");
const [policy] = policies
  .map(([, resource]) => resource)
  .filter(({ Properties }) => Properties.PolicyName === "godwit_device");
if (policy === undefined) throw new Error("there is no policy of devices");

interface Thing {
  readonly name: string;
  readonly fleet: string;
}

const mine: Thing = { name: "0123456789abcdef01234567", fleet: "f1" };

/**
 * A resource of the policy as IoT Core compares it: variables filled in, `*` any text, `?` any
 * character.
 */
const pattern = (resource: { "Fn::Join": [string, unknown[]] }, { name, fleet }: Thing) => {
  const text = resource["Fn::Join"][1]
    .map((part) => (typeof part === "string" ? part : "account"))
    .join("")
    .replaceAll(/\$\{iot:Connection\.Thing\.ThingName\}/g, name)
    .replaceAll(/\$\{iot:Connection\.Thing\.Attributes\[fleet\]\}/g, fleet);
  const escaped = text.replaceAll(/[.+^$(){}|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
};

/** Whether the policy allows `thing` the `action` on a `client/…`, `topic/…` or `topicfilter/…`. */
const may = (action: string, resource: string, thing = mine): boolean =>
  policy.Properties.PolicyDocument.Statement.some(
    (statement: { Effect: string; Action: string; Resource: never }) =>
      statement.Effect === "Allow" &&
      statement.Action === action &&
      [statement.Resource]
        .flat()
        .some((each) => pattern(each, thing).test(`arn:aws:iot:us-east-1:account:${resource}`)),
  );

describe("a device may", () => {
  it.each([
    ["iot:Connect", `client/${mine.name}`],
    ["iot:Publish", `topic/events/f1/${mine.name}/temperature`],
    ["iot:Publish", `topic/events/f1/${mine.name}/a/b/?id=1&at=2`],
    ["iot:Publish", `topic/hello/${mine.name}`],
    ["iot:Publish", `topic/$aws/rules/godwit_returns/returns/${mine.name}`],
    ["iot:Subscribe", `topicfilter/calls/${mine.name}`],
    ["iot:Subscribe", `topicfilter/control/${mine.name}`],
    ["iot:Receive", `topic/calls/${mine.name}`],
    ["iot:Receive", `topic/control/${mine.name}`],
    ["iot:Publish", `topic/$aws/rules/godwit_events/events/f1/${mine.name}/t`],
    ["iot:Publish", `topic/hello/${mine.name}`],
    ["iot:Publish", `topic/$aws/rules/godwit_returns/returns/${mine.name}`],
    ["iot:Publish", `topic/$aws/rules/godwit_certificates/certificates/${mine.name}`],
    ["iot:Publish", `topic/$aws/rules/godwit_updates/updates/${mine.name}`],
    ["iot:Subscribe", `topicfilter/firmware/${mine.name}`],
    ["iot:Receive", `topic/firmware/${mine.name}`],
    ["iot:Subscribe", "topicfilter/events/f1/#"],
    ["iot:Subscribe", "topicfilter/events/f1/+/temperature"],
    ["iot:Subscribe", `topicfilter/events/f1/${mine.name}/#`],
    ["iot:Subscribe", `topicfilter/acks/${mine.name}`],
    ["iot:Subscribe", `topicfilter/calls/${mine.name}`],
    ["iot:Subscribe", `topicfilter/control/${mine.name}`],
    ["iot:Receive", "topic/events/f1/another/temperature"],
    ["iot:Receive", `topic/acks/${mine.name}`],
    ["iot:Receive", `topic/calls/${mine.name}`],
    ["iot:Receive", `topic/control/${mine.name}`],
  ])("%s %s", (action, resource) => {
    expect(may(action, resource)).toBe(true);
  });
});

describe("a device may not", () => {
  it.each([
    ["connect under another name", "iot:Connect", "client/another"],
    ["connect as a stream of the API", "iot:Connect", "client/stream-1"],
    ["publish as another device", "iot:Publish", "topic/events/f1/another/t"],
    ["publish to another fleet", "iot:Publish", `topic/events/f2/${mine.name}/t`],
    ["publish an event without a name", "iot:Publish", `topic/events/f1/${mine.name}/`],
    [
      "publish an event without a level for the name",
      "iot:Publish",
      `topic/events/f1/${mine.name}`,
    ],
    ["publish receive times", "iot:Publish", "topic/stamps/f1"],
    ["subscribe to receive times", "iot:Subscribe", "topicfilter/stamps/f1"],
    ["receive receive times", "iot:Receive", "topic/stamps/f1"],
    ["publish acks", "iot:Publish", `topic/acks/${mine.name}`],
    ["call itself", "iot:Publish", `topic/calls/${mine.name}`],
    ["control itself", "iot:Publish", `topic/control/${mine.name}`],
    ["publish the hello of another", "iot:Publish", "topic/hello/another"],
    [
      "publish the reply of another",
      "iot:Publish",
      "topic/$aws/rules/godwit_returns/returns/another",
    ],
    [
      "request a certificate for another",
      "iot:Publish",
      "topic/$aws/rules/godwit_certificates/certificates/another",
    ],
    ["request a certificate without the rule", "iot:Publish", `topic/certificates/${mine.name}`],
    [
      "report about an update of another",
      "iot:Publish",
      "topic/$aws/rules/godwit_updates/updates/another",
    ],
    ["report about an update without the rule", "iot:Publish", `topic/updates/${mine.name}`],
    ["send itself blocks of images", "iot:Publish", `topic/firmware/${mine.name}`],
    ["subscribe to the blocks of another", "iot:Subscribe", "topicfilter/firmware/another"],
    ["receive the blocks of another", "iot:Receive", "topic/firmware/another"],
    ["reply without the rule", "iot:Publish", `topic/returns/${mine.name}`],
    ["publish presence", "iot:Publish", `topic/$aws/events/presence/connected/${mine.name}`],
    ["publish to another rule", "iot:Publish", `topic/$aws/rules/x/events/f1/${mine.name}/t`],
    [
      "publish by basic ingest as another",
      "iot:Publish",
      "topic/$aws/rules/godwit_events/events/f1/b/t",
    ],
    ["retain what it publishes", "iot:RetainPublish", `topic/events/f1/${mine.name}/t`],
    ["subscribe to everything", "iot:Subscribe", "topicfilter/#"],
    ["subscribe to the events of all fleets", "iot:Subscribe", "topicfilter/events/#"],
    ["subscribe to any fleet", "iot:Subscribe", "topicfilter/events/+/x"],
    ["subscribe to another fleet", "iot:Subscribe", "topicfilter/events/f2/#"],
    ["subscribe to a fleet whose name begins alike", "iot:Subscribe", "topicfilter/events/f10/#"],
    ["subscribe to the acks of another device", "iot:Subscribe", "topicfilter/acks/another"],
    ["subscribe to all acks", "iot:Subscribe", "topicfilter/acks/+"],
    ["subscribe to the calls of another device", "iot:Subscribe", "topicfilter/calls/another"],
    ["subscribe to all control", "iot:Subscribe", "topicfilter/control/+"],
    ["subscribe to hellos", "iot:Subscribe", `topicfilter/hello/${mine.name}`],
    ["subscribe to presence", "iot:Subscribe", "topicfilter/$aws/events/#"],
    ["share a subscription", "iot:Subscribe", "topicfilter/$share/g/events/f1/#"],
    ["receive the events of another fleet", "iot:Receive", "topic/events/f2/another/t"],
    ["receive the acks of another device", "iot:Receive", "topic/acks/another"],
    ["receive the calls of another device", "iot:Receive", "topic/calls/another"],
  ])("%s", (_what, action, resource) => {
    expect(may(action, resource)).toBe(false);
  });

  it("reach another fleet by any topic or filter", () => {
    const level = fc.stringMatching(/^[\w+#?&=-]{1,12}$/);
    const rest = fc.array(level, { maxLength: 4 }).map((levels) => levels.join("/"));
    fc.assert(
      fc.property(level, rest, (fleet, below) => {
        fc.pre(fleet !== mine.fleet);
        const resource = `events/${fleet}/${below}`;
        expect(may("iot:Publish", `topic/${resource}`)).toBe(false);
        expect(may("iot:Subscribe", `topicfilter/${resource}`)).toBe(false);
        expect(may("iot:Receive", `topic/${resource}`)).toBe(false);
      }),
    );
  });
});

it("requires a certificate that is attached to the thing of the client id", () => {
  const { Statement } = policy.Properties.PolicyDocument;
  expect(Statement).toContainEqual(
    expect.objectContaining({
      Action: "iot:Connect",
      Condition: { Bool: { "iot:Connection.Thing.IsAttached": "true" } },
    }),
  );
});

describe("the AsyncAPI document has", () => {
  const region = templateOf(app(), "Godwit-Region-us-east-1");

  /** The topics of a policy with the parameters of the document in place of variables. */
  const topicsOf = (name: string): string[] => {
    const [found] = policies
      .map(([, resource]) => resource)
      .filter(({ Properties }) => Properties.PolicyName === name);
    return found?.Properties.PolicyDocument.Statement.filter(({ Action }: { Action: string }) =>
      ["iot:Publish", "iot:Receive"].includes(Action),
    )
      .flatMap(({ Resource }: { Resource: unknown }) => Resource)
      .map((resource: { "Fn::Join": [string, unknown[]] }) => {
        const text = resource["Fn::Join"][1].map((part) => (typeof part === "string" ? part : ""));
        return text
          .join("")
          .replace(/^.*?:topic\//, "")
          .replaceAll(/\$\{iot:Connection\.Thing\.ThingName\}/g, mine.name)
          .replaceAll(/\$\{iot:Connection\.Thing\.Attributes\[fleet\]\}/g, "f1")
          .replace("/?*", "/temperature")
          .replace("f1/*", `f1/${mine.name}/temperature`);
      });
  };

  it.each(["godwit_device", "godwit_claim"])("each topic of the policy %s", (name) => {
    const topics = topicsOf(name);
    expect(topics.length).toBeGreaterThan(7);
    expect(topics.filter((topic) => channelOf(topic) === undefined)).toEqual([]);
  });

  it("the topic of each rule by which devices send messages", () => {
    const rules = ofType(region, "AWS::IoT::TopicRule").map(([, { Properties }]) => Properties);
    const filters = rules.map(
      ({ TopicRulePayload: { Sql: sql } }) => /FROM '([^']+)'/.exec(sql)?.[1],
    );
    const topics = filters
      .filter((filter) => filter !== undefined && !filter.startsWith("$aws/events/"))
      .map((filter) => String(filter).replaceAll("+", mine.name).replace("#", `f1/${mine.name}/t`));
    expect(topics.length).toBeGreaterThan(3);
    expect(topics.filter((topic) => channelOf(topic.replace("f1/f1", "f1")) === undefined)).toEqual(
      // Devices send replies, certificate requests and reports about updates through the rule
      // itself.
      [`returns/${mine.name}`, `certificates/${mine.name}`, `updates/${mine.name}`],
    );
  });
});
