import { describe, expect, it } from "vitest";
import { app, ofType, regionOf } from "./synthesized.ts";

const from = "godwit@mail.example.com";
const region = regionOf(app({ mailFrom: "Godwit@Mail.example.com" }));

const functionNamed = (name: string) =>
  ofType(region, "AWS::Lambda::Function").find(
    ([, { Properties }]) => Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME === name,
  )?.[1].Properties;

const statementsOf = (name: string) => {
  const role = functionNamed(name)?.Role["Fn::GetAtt"][0];
  return ofType(region, "AWS::IAM::Policy")
    .filter(([, { Properties }]) =>
      Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role),
    )
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
};

describe("mails", () => {
  it("can be sent by two functions only, from one address, verified by address or domain", () => {
    const sending = ofType(region, "AWS::IAM::Policy")
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => [Action].flat().some((action) => action.startsWith("ses:")));
    expect(sending).toHaveLength(2);
    expect(sending[1]).toEqual(sending[0]);
    for (const name of ["mail", "notify"]) expect(statementsOf(name)).toContainEqual(sending[0]);
    expect(sending[0]).toMatchObject({
      Action: "ses:SendEmail",
      Condition: { StringEquals: { "ses:FromAddress": from } },
    });
    const identities = sending[0].Resource.map((each: unknown) => JSON.stringify(each));
    expect(identities).toEqual([
      expect.stringContaining(`identity/${from}`),
      expect.stringContaining("identity/mail.example.com"),
    ]);
    expect(identities.join()).not.toContain("*");
  });

  it("are sent by a function without other permissions", () => {
    const actions = statementsOf("mail").flatMap(({ Action }) => [Action].flat());
    expect([...new Set(actions)].sort()).toEqual([
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "ses:SendEmail",
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ]);
    expect(functionNamed("mail")?.Environment.Variables).toMatchObject({ MAIL_FROM: from });
  });

  it.each(["accounts", "products", "subscriptions"])("are queued by %s", (name) => {
    expect(functionNamed(name)?.Environment.Variables).toHaveProperty("MAIL_QUEUE_URL");
    const actions = statementsOf(name).flatMap(({ Action }) => [Action].flat());
    expect(actions).toContain("sqs:SendMessage");
  });

  it("have a limited concurrency, and page when they cannot be sent", () => {
    const [, mapping] =
      ofType(region, "AWS::Lambda::EventSourceMapping").find(([id]) => id.startsWith("Mail")) ?? [];
    expect(mapping?.Properties.ScalingConfig.MaximumConcurrency).toBe(2);
    const alarms = ofType(region, "AWS::CloudWatch::Alarm").filter(([id]) => id.startsWith("Mail"));
    expect(alarms).toHaveLength(4);
  });

  it("add no resources without a sender address", () => {
    const without = regionOf(app());
    expect(JSON.stringify(without)).not.toContain("MAIL_");
    expect(() => app({ mailFrom: "Godwit <godwit@example.com>" })).toThrow();
  });
});
