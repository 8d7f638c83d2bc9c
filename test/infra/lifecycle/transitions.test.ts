import { describe, expect, it } from "vitest";
import type { Template } from "../synthesized.ts";
import { Account } from "./account.ts";
import { type DeployableStack, stacksOf, synthesisMsMax } from "./deployments.ts";

const [a, b, c] = ["us-east-1", "eu-west-1", "ap-southeast-2"];
const one = { regions: [a] };
const two = { regions: [a, b], stateRegion: a };
const three = { regions: [a, b, c], stateRegion: a };
const named = { domain: "api.example.com", hostedZoneId: "Z0123456789ABC" };

/** An account with a deployed configuration. */
const deployed = (settings: Record<string, unknown>): Account => {
  const account = new Account();
  expect(account.deploy(stacksOf(settings))).toEqual([]);
  return account;
};

/** Replaces the template of a stack. */
const withTemplate = (
  stacks: readonly DeployableStack[],
  name: string,
  change: (template: Template) => Template,
): DeployableStack[] =>
  stacks.map((stack) =>
    stack.name === name ? { ...stack, template: change(structuredClone(stack.template)) } : stack,
  );

const idOf = (stacks: readonly DeployableStack[], stack: string, part: string): string => {
  const resources = stacks.find(({ name }) => name === stack)?.template.Resources ?? {};
  const [id, ...others] = Object.keys(resources).filter((each) =>
    new RegExp(`^${part}[0-9A-F]{8}$`).test(each),
  );
  if (id === undefined || others.length > 0) throw new Error(`${part}: not exactly one`);
  return id;
};

describe("one deployment of all stacks is enough", { timeout: synthesisMsMax }, () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["to add a second region", one, two],
    ["to add a third region", two, three],
    ["to list the regions in another order", two, { ...two, regions: [b, a] }],
    ["to state the state region", one, { ...one, stateRegion: a }],
    ["to enable drills", one, { ...one, drills: true }],
    ["to add a domain", one, { ...one, ...named }],
    ["to remove the domain", { ...one, ...named }, one],
    ["to add a sender of mails", one, { ...one, mailFrom: "godwit@example.com" }],
    ["to remove the sender of mails", { ...one, mailFrom: "godwit@example.com" }, one],
    ["to add an address for pages", one, { ...one, pageEmail: "on-call@example.org" }],
    ["to remove the address for pages", { ...one, pageEmail: "on-call@example.org" }, one],
    ["to grow", { ...one, size: "starter" }, { ...one, size: "standard" }],
    ["to shrink", { ...one, size: "standard" }, { ...one, size: "starter" }],
    ["to limit the validity of certificates", one, { ...one, certificateDays: 30 }],
  ])("%s", (_, before, after) => {
    expect(deployed(before).deploy(stacksOf(after))).toEqual([]);
  });

  it("to deploy again without a change", () => {
    expect(deployed(two).deploy(stacksOf(two))).toEqual([]);
  });

  it("to replace a resource of the API for each route by one definition", () => {
    const before = withTemplate(stacksOf(one), `Godwit-Api-${a}`, (template) => {
      const RestApiId = "ApiRest4DEC74FE";
      const api = template.Resources[RestApiId];
      if (api === undefined) throw new Error("no API");
      for (const name of ["Body", "Parameters"]) delete api.Properties[name];
      const ofApi = { RestApiId: { Ref: RestApiId } };
      Object.assign(template.Resources, {
        Level: { Type: "AWS::ApiGateway::Resource", Properties: { ...ofApi, PathPart: "v1" } },
        Method: { Type: "AWS::ApiGateway::Method", Properties: { ...ofApi, HttpMethod: "GET" } },
        Response: {
          Type: "AWS::ApiGateway::GatewayResponse",
          Properties: { ...ofApi, ResponseType: "THROTTLED" },
        },
      });
      return template;
    });
    const account = new Account();
    expect(account.deploy(before)).toEqual([]);
    expect(account.deploy(stacksOf(one))).toEqual([]);
  });

  it("for the first deployment in several regions", () => {
    expect(deployed(three).deployed).toHaveLength(10);
  });
});

it("the order of the regions does not change the stack of the tables", {
  timeout: synthesisMsMax,
}, () => {
  const state = (settings: Record<string, unknown>) =>
    stacksOf(settings).find(({ name }) => name === "Godwit-State");
  expect(state({ ...three, regions: [c, b, a] })).toEqual(state(three));
});

describe("a step is required first", { timeout: synthesisMsMax }, () => {
  it("to disable drills: delete their stack", () => {
    const account = deployed({ ...one, drills: true });
    expect(account.deploy(stacksOf(one)).join()).toContain("is in use");
    expect(account.destroy([`Godwit-Drills-${a}`])).toEqual([]);
    expect(account.deploy(stacksOf(one))).toEqual([]);
  });

  it("to remove a replica: remove its protection, and then nothing else", () => {
    const account = deployed(two);
    const unprotected = { ...two, unprotectedRegions: [b] };
    expect(account.deploy(stacksOf(one), ["Godwit-State"]).join()).toContain("is protected");
    expect(account.deploy(stacksOf(unprotected), ["Godwit-State"])).toEqual([]);
    expect(account.deploy(stacksOf(one), ["Godwit-State"])).toEqual([]);
  });
});

describe("CloudFormation refuses", { timeout: synthesisMsMax }, () => {
  it("two new replicas of a table in one update", () => {
    const problems = deployed(one).deploy(stacksOf(three), ["Godwit-State"]);
    expect(problems).toHaveLength(9);
    expect(problems[0]).toContain("2 replicas change in one update");
  });

  it("a stream together with the second replica, which is why every table has a stream", () => {
    const account = new Account();
    const withoutStream = withTemplate(stacksOf(one), "Godwit-State", (template) => {
      for (const { Properties } of Object.values(template.Resources)) {
        delete Properties.StreamSpecification;
      }
      return template;
    });
    expect(account.deploy(withoutStream)).toEqual([]);
    const problems = account.deploy(stacksOf(two), ["Godwit-State"]);
    expect(problems.join()).toContain("the stream changes while there are several replicas");
  });

  it("the stack of the tables in another region: the tables exist there", () => {
    const problems = deployed(two).deploy(stacksOf({ regions: [b, a], stateRegion: b }), [
      "Godwit-State",
    ]);
    // Each of the nine tables exists in both regions.
    expect(problems).toHaveLength(18);
    expect(problems[0]).toContain("cannot be created");
  });

  it("a new name for a function that the API uses, instead of leaving the API with the old one", () => {
    const region = `Godwit-Region-${a}`;
    const id = idOf(stacksOf(one), region, "Servicepublish");
    const renamed = withTemplate(stacksOf(one), region, (template) => {
      const made = template.Resources[id];
      if (made !== undefined) made.Properties.FunctionName = "another";
      return template;
    });
    const problems = deployed(one).deploy(renamed);
    expect(problems.join()).toMatch(/Region.*the export .*Servicepublish.* is in use/);
  });

  it("to remove a function that the API still uses", () => {
    const region = `Godwit-Region-${a}`;
    const without = withTemplate(stacksOf(one), region, (template) => {
      const Outputs = Object.fromEntries(
        Object.entries(template.Outputs).filter(([name]) => !name.includes("Servicepublish")),
      );
      return { ...template, Outputs };
    });
    expect(deployed(one).deploy(without).join()).toContain("is in use");
  });

  it("another key of a table", () => {
    const id = idOf(stacksOf(one), "Godwit-State", "Ledger");
    const other = withTemplate(stacksOf(one), "Godwit-State", (template) => {
      const made = template.Resources[id];
      if (made !== undefined) made.Properties.KeySchema = [{ AttributeName: "x", KeyType: "HASH" }];
      return template;
    });
    expect(deployed(one).deploy(other).join()).toContain("replaced under the same fixed name");
  });
});

describe("references between stacks", { timeout: synthesisMsMax }, () => {
  const all = stacksOf({ ...two, ...named, drills: true });

  it("are strong within a region, and weak only in the stack of the domain's alarms", () => {
    const weak = all.filter(({ template }) => JSON.stringify(template).includes("GetStackOutput"));
    expect(weak.map(({ name }) => name)).toEqual(["Godwit-EdgePages"]);
    const strong = all.filter(({ template }) => JSON.stringify(template).includes("ImportValue"));
    expect(strong.map(({ name }) => name.replace(/(us-east|eu-west)-1$/, "")).sort()).toEqual([
      "Godwit-Api-",
      "Godwit-Api-",
      "Godwit-Drills-",
      "Godwit-Drills-",
      "Godwit-Edge-",
      "Godwit-Edge-",
      "Godwit-Operations-",
      "Godwit-Operations-",
    ]);
  });

  it("need no custom resources", () => {
    const types = all.flatMap(({ template }) =>
      Object.values(template.Resources).map(({ Type }) => Type),
    );
    expect(types.filter((type) => type.startsWith("Custom::"))).toEqual([]);
  });
});
