import { describe, expect, it } from "vitest";
import { settingsFrom } from "../../infra/settings.ts";
import { planAdd } from "../../regions/planAdd.ts";
import { planAdopt } from "../../regions/planAdopt.ts";
import { planRemove } from "../../regions/planRemove.ts";
import type { Settings } from "../../regions/settings.ts";
import { edgeStack, regionStack } from "../../regions/stackNames.ts";
import type { Plan } from "../../regions/step.ts";
import { Account } from "../infra/lifecycle/account.ts";
import { stacksOf, synthesisMsMax } from "../infra/lifecycle/deployments.ts";

const [a, b, c] = ["us-east-1", "eu-west-1", "ap-southeast-2"];
const named = { domain: "api.example.com", hostedZoneId: "Z0123456789ABC" };

/** The deployment's `cdk.json`, without lists that are empty. */
type Context = Record<string, unknown>;

const settingsOf = (context: Context): Settings => ({
  ...settingsFrom(context).where,
  hasDomain: context.domain !== undefined,
  hasDrills: context.drills === true,
});

/** Performs a plan on a model of CloudFormation. Returns the problems and the last `cdk.json`. */
const perform = (
  plan: Plan,
  account: Account,
  given: Context,
  { repeats = 1 }: { repeats?: number } = {},
) => {
  let context = given;
  const problems: string[] = [];
  for (const { action } of plan.steps) {
    for (let time = 0; time < repeats; time += 1) {
      if (action.kind === "settings") {
        const { closedRegions, ...set } = action.settings;
        const { closedRegions: _, ...others } = context;
        context = { ...others, ...set, ...(closedRegions && { closedRegions }) };
      } else if (action.kind === "deploy") {
        const stacks = stacksOf(without({ ...context, ...action.context }));
        problems.push(...account.deploy(stacks, action.stacks));
      } else if (action.kind === "destroy") {
        problems.push(...account.destroy(action.stacks));
      } else if (action.kind === "adopt") {
        const stack = stacksOf(context).find(({ name }) => name === regionStack(action.region));
        const left = account.leftovers.filter(
          (each) => each.stack === regionStack(action.region) && each.type !== "AWS::IAM::Role",
        );
        if (stack !== undefined && left.length > 0) problems.push(...account.adopt(stack, left));
      }
    }
  }
  return { problems, context };
};

const without = (context: Context): Context =>
  Object.fromEntries(Object.entries(context).filter(([, value]) => String(value) !== ""));

const deployed = (context: Context): Account => {
  const account = new Account();
  account.hasDevices = true;
  expect(account.deploy(stacksOf(context))).toEqual([]);
  return account;
};

const one = { regions: [a], stateRegion: a };
const two = { regions: [a, b], stateRegion: a };
const three = { regions: [a, b, c], stateRegion: a };

describe("CloudFormation can perform each step of a plan, also twice", {
  timeout: synthesisMsMax,
}, () => {
  it.each([
    ["from one region to two", one, b, two],
    ["from two regions to three", two, c, three],
  ])("%s", (_, before, name, after) => {
    const account = deployed(before);
    const done = perform(planAdd(settingsOf(before), name), account, before, { repeats: 2 });
    expect(done).toEqual({ problems: [], context: after });
    expect(account.deployed).toEqual(deployed(after).deployed);
    expect(account.deploy(stacksOf(after))).toEqual([]);
  });

  it.each([
    ["from two regions to one", two, b, one],
    ["from three regions to two", three, c, two],
  ])("%s", (_, before, name, after) => {
    const account = deployed(before);
    const done = perform(planRemove(settingsOf(before), name), account, before, { repeats: 2 });
    expect(done).toEqual({ problems: [], context: after });
    expect(account.deployed).toEqual(deployed(after).deployed);
    expect(account.deploy(stacksOf(after))).toEqual([]);
  });

  it("to remove a region with a domain and drills", () => {
    const before = { ...two, ...named, drills: true };
    const account = deployed(before);
    const done = perform(planRemove(settingsOf(before), b), account, before);
    expect(done.problems).toEqual([]);
    expect(account.deployed).toEqual(deployed({ ...one, ...named, drills: true }).deployed);
  });

  it("to add a region that was removed, with the key of its secrets", () => {
    const account = deployed(two);
    const removed = perform(planRemove(settingsOf(two), b), account, two);
    expect(account.leftovers.map(({ logicalId }) => logicalId.slice(0, 10))).toContain(
      "SecretsKey",
    );
    const added = perform(planAdd(settingsOf(removed.context), b), account, removed.context);
    expect(added).toEqual({ problems: [], context: two });
  });

  it("to create the destroyed stacks of a region again", () => {
    const account = deployed(one);
    expect(account.destroy([`Godwit-Operations-${a}`, `Godwit-Api-${a}`, regionStack(a)])).toEqual(
      [],
    );
    const done = perform(planAdopt(settingsOf(one), a), account, one);
    expect(done.problems).toEqual([]);
    expect(account.deployed).toEqual(deployed(one).deployed);
  });
});

describe("a plan that was interrupted", { timeout: synthesisMsMax }, () => {
  it("to add a region has the same steps", () => {
    const steps = planAdd(settingsOf(one), b).steps;
    expect(planAdd(settingsOf(two), b).steps).toEqual(steps);
  });

  it("to remove a region closes it again, unless cdk.json does not list it any more", () => {
    const { steps } = planRemove(settingsOf(two), b);
    expect(planRemove(settingsOf({ ...two, closedRegions: [b] }), b).steps).toEqual(steps);
    const rest = planRemove(settingsOf(one), b).steps;
    expect(steps.slice(-rest.length)).toEqual(rest);
  });
});

describe("a plan to remove a region", { timeout: synthesisMsMax }, () => {
  it("moves users and devices and waits for the last message before it deletes anything", () => {
    const { steps } = planRemove(settingsOf({ ...two, ...named }), b);
    const kinds = steps.map(({ action }) =>
      "stacks" in action ? `${action.kind} ${action.stacks.join()}` : action.kind,
    );
    expect(kinds).toEqual([
      "settings",
      "deploy Godwit-EdgePages",
      `destroy ${edgeStack(b)}`,
      `deploy Godwit-Operations-${b}`,
      `deploy ${regionStack(b)}`,
      "drain",
      "settings",
      `deploy ${regionStack(a)},Godwit-Api-${a},Godwit-Operations-${a}`,
      `destroy Godwit-Operations-${b},Godwit-Api-${b},${regionStack(b)}`,
      "deploy Godwit-State",
      "deploy Godwit-State",
    ]);
    expect(steps.filter(({ irreversible }) => irreversible !== undefined)).toHaveLength(2);
  });

  it("is refused for the state region, which includes the last region", () => {
    expect(() => planRemove(settingsOf(two), a)).toThrow("stateRegion");
    expect(() => planRemove(settingsOf(one), a)).toThrow("stateRegion");
  });
});

describe("a plan to add a region", { timeout: synthesisMsMax }, () => {
  it("adds the replicas first, and users and the other regions when the region is complete", () => {
    const { steps } = planAdd(settingsOf({ ...one, ...named }), b);
    expect(
      steps.map(({ action }) => ("stacks" in action ? action.stacks.join() : action.kind)),
    ).toEqual([
      "settings",
      "Godwit-State",
      "adopt",
      `${regionStack(b)},Godwit-Api-${b},Godwit-Operations-${b}`,
      `${regionStack(a)},Godwit-Api-${a},Godwit-Operations-${a}`,
      "fill",
      `${edgeStack(b)},Godwit-EdgePages`,
    ]);
  });

  it("is refused for the only region, and for one that is being removed", () => {
    expect(() => planAdd(settingsOf(one), a)).toThrow("npm run deploy");
    expect(() => planAdd(settingsOf({ ...two, closedRegions: [b] }), b)).toThrow("being removed");
  });
});

describe("the devices of a closed region", { timeout: synthesisMsMax }, () => {
  const closed = stacksOf({ ...two, closedRegions: [b] });

  it("are refused by the policies of devices and of claim certificates, in that region only", () => {
    const documents = closed.flatMap(({ name, template }) =>
      Object.values(template.Resources)
        .filter(({ Type }) => Type === "AWS::IoT::Policy")
        .map(({ Properties }) => [name, Properties.PolicyDocument.Statement.length] as const),
    );
    const nothing = [{ Effect: "Deny", Action: "iot:*", Resource: "*" }];
    const region = closed.find(({ name }) => name === regionStack(b))?.template.Resources ?? {};
    const policies = Object.values(region).filter(({ Type }) => Type === "AWS::IoT::Policy");
    expect(policies.map(({ Properties }) => Properties.PolicyDocument.Statement)).toEqual([
      nothing,
      nothing,
    ]);
    expect(documents.filter(([name]) => name === regionStack(a)).map(([, n]) => n)).toEqual([4, 4]);
  });
});
