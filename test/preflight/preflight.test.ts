import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { globalTableNames } from "../../infra/constructs/globalTableNames.ts";
import { readAssembly } from "../../preflight/assembly.ts";
import { credentialAdvice } from "../../preflight/identity.ts";
import { unreservedMin } from "../../preflight/limits.ts";
import { preflight } from "../../preflight/preflight.ts";
import {
  nameProperties,
  type RegionRequirements,
  requirementsOf,
} from "../../preflight/requirements.ts";
import type { Row } from "../../preflight/row.ts";
import { runDeploy, runPreflight } from "../../preflight/run.ts";
import { app } from "../infra/synthesized.ts";
import { type Account, answerAs, readyAccount } from "./support/account.ts";
import { type Answer, type Asked, startFakeAws } from "./support/fakeAws.ts";

const mailFrom = "godwit@example.com";
const pageEmail = "on-call@example.com";
const pageReceivers = [{ kind: "pagerDuty", name: "on-call", secret: "/godwit/pages/pagerduty" }];
const regions = "us-east-1,eu-west-1";
const all = app({ size: "standard", regions, mailFrom, pageEmail, pageReceivers });

/** The templates of two regions. */
const two = all.synth().directory;

/** The stacks of one region, as if it were the only one. */
const stacksIn = async (region: string) =>
  (await readAssembly(two)).filter((stack) => stack.region === region);

/** Copies the cloud assembly, with the stacks of one region only. */
const copyRegion = async (folder: string, region: string): Promise<void> => {
  await cp(two, folder, { recursive: true });
  const file = join(folder, "manifest.json");
  const { artifacts, ...manifest } = JSON.parse(await readFile(file, "utf8"));
  const kept = Object.entries<{ environment?: string }>(artifacts).filter(
    ([, { environment }]) => environment === undefined || environment.endsWith(`/${region}`),
  );
  await writeFile(file, JSON.stringify({ ...manifest, artifacts: Object.fromEntries(kept) }));
};

const requirementsIn = async (region: string): Promise<RegionRequirements> => {
  const found = requirementsOf(await readAssembly(two)).find((one) => one.region === region);
  if (found === undefined) throw new Error(`no stack in ${region}`);
  return found;
};
const requirements = await requirementsIn("us-east-1");
const { reserved } = requirements;

// The SDK reads credentials from the environment; test/ownVariables.ts restores it.
const credentials = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

interface Run {
  /** Of both regions, or only of us-east-1. */
  readonly regions?: 1 | 2;
  readonly args?: readonly string[];
  readonly answer?: (asked: Asked) => Answer | Promise<Answer>;
}

const start = async ({ regions = 1, answer = answerAs(readyAccount) }: Run) => {
  const aws = await startFakeAws(answer);
  stops.push(aws.stop);
  Object.assign(process.env, credentials);
  const printed: string[] = [];
  const said: string[] = [];
  const deps = {
    endpoint: aws.endpoint,
    synthesize: (to: string) =>
      regions === 1 ? copyRegion(to, "us-east-1") : cp(two, to, { recursive: true }),
    print: (text: string) => void printed.push(text),
    say: (line: string) => void said.push(line),
  };
  return { ...aws, printed, said, deps };
};

const check = async (run: Run = {}) => {
  const { deps, printed, said, asked } = await start(run);
  const code = await runPreflight(["--json", ...(run.args ?? [])], deps);
  const { rows } = JSON.parse(printed.join("")) as { rows: Row[] };
  const find = (name: string, region = "us-east-1") =>
    rows.find(
      (row) => row.check.startsWith(name) && (row.region === region || row.region === "all"),
    );
  return { code, rows, find, asked, said };
};

const account = (changes: Partial<Account>) => ({
  answer: answerAs({ ...readyAccount, ...changes }),
});

describe("an account that is ready", () => {
  it("passes with one region, and every row has a result", async () => {
    const { code, rows } = await check();
    const open = rows.filter(({ result }) => result !== "ok").map((row) => row.check);
    expect(open).toEqual(["CloudFront: status page", "SNS: on-call@example.com"]);
    expect(code).toBe(0);
  });

  it("passes with two regions, and each has its own rows", async () => {
    const { code, rows } = await check({ regions: 2 });
    for (const region of ["us-east-1", "eu-west-1"]) {
      expect(rows.filter((row) => row.region === region).length).toBeGreaterThan(12);
    }
    expect(code).toBe(0);
  });

  it("is only read: no request changes anything", async () => {
    const { asked } = await check();
    const verbs = new Set(asked.map(({ operation }) => /^[A-Z][a-z]+/.exec(operation)?.[0]));
    expect([...verbs].sort()).toEqual(["Describe", "Get", "List"]);
  });

  it("is reported as a table for a person", async () => {
    const { deps, printed } = await start({});
    await runPreflight([], deps);
    expect(printed[0]).toMatch(/^REGION +CHECK +FOUND +NEEDED +RESULT +WHAT TO DO/);
    expect(printed[0]).toContain("No check fails.");
  });
});

describe("the requirements of the templates", () => {
  it("contain the fixed names of every type that can have one", async () => {
    const fixed = new Map(requirements.names.map(({ type, name }) => [name, type]));
    for (const name of Object.values(globalTableNames)) expect(fixed.has(name)).toBe(true);
    expect(fixed.has("alias/godwit-secrets")).toBe(true);
    expect(fixed.has("godwit_device")).toBe(true);
    expect(fixed.has("godwit-admin")).toBe(true);
  });

  it("know every property of the templates that fixes a name", async () => {
    // A name that is a text is the same in each deployment. These are unique only in their parent.
    const local = new Set([
      "AWS::IAM::Policy",
      "AWS::ApiGateway::RestApi",
      "AWS::ApiGateway::Stage",
    ]);
    const unknown = (await readAssembly(two)).flatMap(({ resources }) =>
      Object.values(resources)
        .filter(({ Type }) => !local.has(Type) && !Object.hasOwn(nameProperties, Type))
        .filter(({ Type, Properties }) => {
          const last = Type.split("::").at(-1) ?? "";
          const own = [`${last}Name`, "Name", "TableName", "PolicyName", "RoleName", "QueueName"];
          return own.some((name) => typeof Properties[name] === "string");
        })
        .map(({ Type }) => Type),
    );
    expect(unknown).toEqual([]);
  });

  it("count replicas of global tables in the other region", async () => {
    const other = await requirementsIn("eu-west-1");
    const replicas = other.names.filter(({ stack }) => stack === "Godwit-State");
    expect(replicas.map(({ name }) => name).sort()).toEqual(Object.values(globalTableNames).sort());
    expect(other.tables).toBe(requirements.tables);
  });
});

describe("the concurrency of functions", () => {
  const quota = (value: number, unreserved = value) =>
    account({ concurrency: { quota: value, unreserved } });

  it("fails in a new account with a quota of 10, with the command for a higher one", async () => {
    const { find, code } = await check(quota(10));
    expect(find("Lambda")).toMatchObject({
      result: "fail",
      found: "10",
      action: expect.stringMatching(
        /^aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region us-east-1 Or deploy the size starter/,
      ),
    });
    expect(code).toBe(1);
  });

  it("needs exactly what the templates reserve, and the unreserved rest", async () => {
    expect(reserved).toBeGreaterThan(0);
    const enough = await check(quota(reserved + unreservedMin));
    expect(enough.find("Lambda")?.result).toBe("ok");
    const tooFew = await check(quota(reserved + unreservedMin - 1));
    expect(tooFew.find("Lambda")?.result).toBe("fail");
  });

  it("counts what other functions of the account reserve", async () => {
    const { find } = await check(quota(1_000, 1_000 - 500));
    expect(find("Lambda")).toMatchObject({ result: "fail" });
    expect(find("Lambda")?.needed).toContain("500 reserved by other functions");
  });

  it("does not count twice what the deployed stack reserves", async () => {
    const { resources } = (await readAssembly(two)).find(({ name }) => name.includes("Region"))!;
    const stacks = {
      "us-east-1": {
        "Godwit-Region-us-east-1": {
          status: "UPDATE_COMPLETE",
          template: { Resources: resources },
        },
      },
    };
    const exact = { quota: reserved + unreservedMin, unreserved: unreservedMin };
    const { find } = await check(account({ stacks, concurrency: exact }));
    expect(find("Lambda")?.result).toBe("ok");
  });

  it("does not ask again while a request for a higher quota is open", async () => {
    const { find } = await check(
      account({ concurrency: { quota: 10, unreserved: 10 }, requests: { "L-B99A9384": 1_000 } }),
    );
    expect(find("Lambda")?.action).toMatch(/requested already/);
  });
});

describe("names", () => {
  it("are left over if they exist and no stack owns them", async () => {
    const { rows, code } = await check(account({ tables: ["godwit-devices"] }));
    const row = rows.find((one) => one.check === "name: table godwit-devices");
    expect(row).toMatchObject({ result: "fail" });
    expect(row?.found).toMatch(/^left over/);
    expect(code).toBe(1);
  });

  it("of another stack are reported with that stack", async () => {
    const resources = [{ type: "AWS::IoT::Policy", id: "godwit_device" }];
    const stacks = { "us-east-1": { OtherApp: { status: "CREATE_COMPLETE", resources } } };
    const { rows } = await check(account({ policies: ["godwit_device"], stacks }));
    expect(rows.find((one) => one.check === "name: IoT policy godwit_device")).toMatchObject({
      found: "belongs to the stack OtherApp",
      result: "fail",
    });
  });

  it("of the stack that is updated are fine", async () => {
    const resources = requirements.names.map(({ type, name }) => ({ type, id: name }));
    const byStack = Map.groupBy(requirements.names, ({ stack }) => stack);
    const deployed = Object.fromEntries(
      [...byStack].map(([stack, names]) => [
        stack,
        {
          status: "UPDATE_COMPLETE",
          resources: resources.filter(({ id }) => names.some(({ name }) => name === id)),
        },
      ]),
    );
    const named = (type: string) =>
      requirements.names.filter((name) => name.type === type).map(({ name }) => name);
    const { find, code } = await check(
      account({
        stacks: { "us-east-1": deployed },
        tables: named("AWS::DynamoDB::GlobalTable"),
        policies: named("AWS::IoT::Policy"),
        rules: named("AWS::IoT::TopicRule"),
        provisioningTemplates: named("AWS::IoT::ProvisioningTemplate"),
        aliases: named("AWS::KMS::Alias"),
        functions: named("AWS::Lambda::Function"),
      }),
    );
    expect(find("names")).toMatchObject({
      found: `0 free, ${requirements.names.length} of these stacks`,
      result: "ok",
    });
    expect(code).toBe(0);
  });

  it.each([
    ["KMS alias", { aliases: ["alias/godwit-secrets"] }],
    ["IoT rule", { rules: ["other", "godwit_events"] }],
    ["IoT provisioning template", { provisioningTemplates: ["godwit_claim"] }],
    ["function", { functions: ["godwit-admin"] }],
  ])("of every kind are found: %s", async (kind, changes) => {
    const { rows } = await check(account(changes));
    expect(rows.filter((row) => row.check.startsWith(`name: ${kind} `))).toHaveLength(1);
  });

  it("of a replica belong to the State stack of the first region", async () => {
    const names = Object.values(globalTableNames);
    const resources = names.map((id) => ({ type: "AWS::DynamoDB::GlobalTable", id }));
    const stacks = { "us-east-1": { "Godwit-State": { status: "UPDATE_COMPLETE", resources } } };
    const { rows } = await check({ regions: 2, ...account({ tables: names, stacks }) });
    expect(rows.filter((row) => row.check.startsWith("name: table"))).toEqual([]);
  });

  it("of buckets are generated: one that is left over is only noted", async () => {
    const bucket = "godwit-region-us-east-1-archivebucket49f1ac64-abc";
    const { find, code } = await check(account({ buckets: [bucket] }));
    expect(find("buckets")).toMatchObject({ found: `left over: ${bucket}`, result: "note" });
    expect(code).toBe(0);
  });
});

describe("stacks", () => {
  const stack = (status: string) =>
    account({ stacks: { "us-east-1": { "Godwit-State": { status } } } });

  it.each([
    ["CREATE_COMPLETE", "ok"],
    ["UPDATE_ROLLBACK_COMPLETE", "ok"],
    ["ROLLBACK_COMPLETE", "note"],
    ["UPDATE_ROLLBACK_FAILED", "fail"],
    ["UPDATE_IN_PROGRESS", "fail"],
    ["DELETE_FAILED", "fail"],
  ])("in the state %s: %s", async (status, result) => {
    const { find } = await check(stack(status));
    expect(find("stack Godwit-State")).toMatchObject({ found: status, result });
  });

  it("that the configuration does not name are noted", async () => {
    const stacks = { "us-east-1": { "Godwit-Region-mars": { status: "CREATE_COMPLETE" } } };
    const { find } = await check(account({ stacks }));
    expect(find("stack Godwit-Region-mars")?.result).toBe("note");
  });
});

describe("a distribution of CloudFront, which AWS refuses to some new accounts,", () => {
  const name = "CloudFront: status page";
  const operations = (status: string) =>
    account({ stacks: { "us-east-1": { "Godwit-Operations-us-east-1": { status } } } });

  it("is noted before its first deployment, with the setting that leaves it out", async () => {
    const { find, code } = await check();
    expect(find(name)).toMatchObject({ result: "note", found: "no distribution yet" });
    expect(find(name)?.action).toContain('"statusPage": {"cloudFront": false}');
    expect(code).toBe(0);
  });

  it.each([
    ["CREATE_COMPLETE", undefined],
    ["UPDATE_COMPLETE", undefined],
    // CloudFormation has deleted the distribution again.
    ["ROLLBACK_COMPLETE", "note"],
  ])("with its stack in the state %s: %s", async (status, result) => {
    expect((await check(operations(status))).find(name)?.result).toBe(result);
  });

  it("is not noted if the settings leave it out", async () => {
    const { endpoint } = await start({});
    const stacks = (await stacksIn("us-east-1")).map((stack) => ({
      ...stack,
      resources: Object.fromEntries(
        Object.entries(stack.resources).filter(([, { Type }]) => !/^AWS::CloudFront::/.test(Type)),
      ),
    }));
    const load = { devices: undefined, eventsPerSecond: undefined };
    const rows = await preflight(stacks, { access: { endpoint }, load });
    expect(rows.map((row) => row.check)).not.toContain(name);
  });
});

describe("the bootstrap", () => {
  it.each([
    ["missing", undefined],
    ["version 5", 5],
  ])("fails if it is %s", async (found, bootstrapVersion) => {
    const { find, code } = await check(account({ bootstrapVersion }));
    expect(find("CDK bootstrap")).toMatchObject({
      found,
      result: "fail",
      action: "npx cdk bootstrap aws://123456789012/us-east-1",
    });
    expect(code).toBe(1);
  });
});

it("secrets of receivers of pages that are missing in a region are noted, with a command", async () => {
  const name = "Systems Manager: parameters of pages";
  expect((await check()).find(name)).toMatchObject({ result: "ok", found: "all 1" });
  const { find, code } = await check(account({ parameters: [] }));
  expect(find(name)).toMatchObject({ result: "note", found: "missing: /godwit/pages/pagerduty" });
  expect(find(name)?.action).toContain("aws ssm put-parameter --region us-east-1");
  expect(code).toBe(0);
});

describe("quotas", () => {
  it("of tables include those of other applications", async () => {
    const tables = Array.from({ length: 40 }, (_, i) => `other-${i}`);
    const quotas = { "Maximum number of tables": 45 };
    const { find } = await check(account({ tables, quotas }));
    expect(find("DynamoDB")).toMatchObject({ found: "45", result: "fail" });
    expect(find("DynamoDB")?.action).toContain("--quota-code L-F98FE922 --desired-value 55");
  });

  it("of alarms are compared with the alarms of the templates", async () => {
    const { find } = await check(
      account({ quotas: { "Number of alarms": requirements.alarms - 1 } }),
    );
    expect(find("CloudWatch")?.result).toBe("fail");
  });

  it("of alarms include composite alarms of other applications", async () => {
    const quotas = { "Number of alarms": requirements.alarms + 3 };
    const found = async (compositeAlarms: number) =>
      (await check(account({ quotas, compositeAlarms }))).find("CloudWatch: alarms")?.result;
    expect(await found(3)).toBe("ok");
    expect(await found(4)).toBe("fail");
  });

  it("of alarms on metric queries include those of other applications", async () => {
    const free = 200 - requirements.queryAlarms;
    const name = "CloudWatch: alarms on metric queries";
    expect((await check(account({ queryAlarms: free }))).find(name)?.result).toBe("ok");
    const { find, code } = await check(account({ queryAlarms: free + 1 }));
    expect(find(name)).toMatchObject({ result: "fail", found: "at most 200" });
    expect(code).toBe(1);
  });

  it("of EventBridge are compared with the rules of the templates", async () => {
    const { find } = await check(account({ quotas: { Rules: requirements.eventRules - 1 } }));
    expect(find("EventBridge: rules")?.result).toBe("fail");
  });

  it("of a small region throttle the API, which is noted", async () => {
    const { find, code } = await check(
      account({ throttle: { rateLimit: 2_500, burstLimit: 1_250 } }),
    );
    expect(find("API Gateway: requests")).toMatchObject({
      found: "2500, burst 1250",
      result: "note",
    });
    expect(code).toBe(0);
  });

  it("of IoT Core are compared with the fleet of --devices and --interval", async () => {
    const { find, code } = await check({ args: ["--devices", "1000000", "--interval", "20"] });
    expect(find("IoT Core: connected devices")).toMatchObject({
      found: "500,000",
      result: "fail",
    });
    expect(find("IoT Core: publishes")?.action).toContain("--desired-value 50000");
    expect(code).toBe(1);
  });

  it("that Service Quotas does not list are unknown, which stops nothing", async () => {
    const answer = answerAs(readyAccount);
    const { find, code } = await check({
      answer: (asked) =>
        asked.input.ServiceCode === "monitoring" ? { body: { Quotas: [] } } : answer(asked),
    });
    expect(find("CloudWatch")).toMatchObject({ found: "not listed", result: "unknown" });
    expect(code).toBe(0);
  });
});

describe("mail and pages", () => {
  const { identities } = readyAccount;

  it("pass if the domain is verified and the address has confirmed", async () => {
    const topic = "arn:aws:sns:us-east-1:123456789012:pages";
    const { pages } = requirements;
    const resources = [{ type: "AWS::SNS::Topic", id: topic, logical: pages[0]?.topic ?? "" }];
    const stacks = {
      "us-east-1": { "Godwit-Region-us-east-1": { status: "UPDATE_COMPLETE", resources } },
    };
    const subscriptions = { [topic]: { "on-call@example.com": `${topic}:1` } };
    const { find } = await check(account({ identities, stacks, subscriptions }));
    expect(find("SES: sender")).toMatchObject({ found: "verified domain", result: "ok" });
    expect(find("SES: account")?.result).toBe("ok");
    expect(find("SNS: on-call@example.com")).toMatchObject({ found: "confirmed", result: "ok" });
    const pending = { [topic]: { "on-call@example.com": "PendingConfirmation" } };
    const again = await check(account({ identities, stacks, subscriptions: pending }));
    expect(again.find("SNS: on-call@example.com")).toMatchObject({
      found: "pending",
      result: "note",
    });
  });

  it("fail if the sender has no verified identity", async () => {
    const { find } = await check(account({ identities: {} }));
    expect(find("SES: sender godwit@example.com")).toMatchObject({
      found: "no identity",
      result: "fail",
    });
    const pending = account({ identities: { "godwit@example.com": { isVerified: false } } });
    const again = await check(pending);
    expect(again.find("SES: sender")?.found).toBe("not verified (PENDING)");
  });

  it("note the sandbox, and that no address receives the pages", async () => {
    const { find } = await check(account({ identities, isInSandbox: true }));
    expect(find("SES: account")).toMatchObject({ found: "sandbox", result: "note" });
  });
});

describe("credentials", () => {
  const sts = (Code: string, Message = "no") => ({
    answer: (): Answer => ({
      status: 403,
      body: `<ErrorResponse><Error><Code>${Code}</Code><Message>${Message}</Message></Error></ErrorResponse>`,
    }),
  });

  it.each([
    ["ExpiredToken", "expired"],
    ["InvalidClientTokenId", "rejected by AWS"],
    ["SignatureDoesNotMatch", "rejected by AWS"],
  ])("that AWS answers with %s are %s, in one row", async (code, found) => {
    const done = await check(sts(code));
    expect(done.rows).toHaveLength(1);
    expect(done.rows[0]).toMatchObject({ check: "credentials", found, result: "fail" });
    expect(done.code).toBe(1);
  });

  it.each([["<html>Log in to the network</html>"], [""]])(
    "are unknown if something other than AWS answers: %j",
    async (body) => {
      const done = await check({ answer: () => ({ status: 200, body }) });
      expect(done.rows).toHaveLength(1);
      expect(done.rows[0]).toMatchObject({ found: "an unreadable response", result: "fail" });
      expect(done.rows[0]?.action).toContain("AWS_ENDPOINT_URL");
    },
  );

  it("that are missing are reported with the next step, not with a stack trace", async () => {
    const { deps, printed } = await start({});
    for (const name of Object.keys(credentials)) delete process.env[name];
    process.env.AWS_EC2_METADATA_DISABLED = "true";
    process.env.AWS_CONFIG_FILE = "/nonexistent";
    process.env.AWS_SHARED_CREDENTIALS_FILE = "/nonexistent";
    try {
      expect(await runPreflight([], deps)).toBe(1);
    } finally {
      delete process.env.AWS_CONFIG_FILE;
      delete process.env.AWS_SHARED_CREDENTIALS_FILE;
    }
    expect(printed[0]).toContain("aws sso login --profile NAME");
    expect(
      credentialAdvice(Object.assign(new Error("none"), { name: "CredentialsProviderError" })),
    ).toMatch(/^AWS credentials: none\. Configure credentials: /);
    expect(credentialAdvice(new Error("none"))).toBeUndefined();
    expect(printed[0]).not.toContain("at ");
  });
});

describe("a region that is not enabled", () => {
  it("fails with the command that enables it; the other region is checked", async () => {
    const { rows, find, code } = await check({
      regions: 2,
      ...account({ enabledRegions: ["us-east-1"] }),
    });
    expect(find("region", "eu-west-1")).toMatchObject({ found: "not enabled", result: "fail" });
    expect(find("region", "eu-west-1")?.action).toContain("--region-name eu-west-1");
    expect(rows.filter(({ region }) => region === "eu-west-1")).toHaveLength(1);
    expect(find("CDK bootstrap")?.result).toBe("ok");
    expect(code).toBe(1);
  });

  it("differs from rejected credentials, even if it is the only region", async () => {
    const { endpoint } = await start(account({ enabledRegions: ["us-east-1"] }));
    const load = { devices: undefined, eventsPerSecond: undefined };
    const rows = await preflight(await stacksIn("eu-west-1"), { access: { endpoint }, load });
    expect(rows.map((row) => [row.region, row.check, row.result])).toEqual([
      ["all", "credentials", "ok"],
      ["eu-west-1", "region", "fail"],
    ]);
  });
});

describe("without mailFrom and pageEmail", () => {
  it("SES is not asked, and a note says that no address receives the pages", async () => {
    const { endpoint, asked } = await start({});
    const stacks = (await stacksIn("us-east-1")).map((stack) => ({
      ...stack,
      resources: Object.fromEntries(
        Object.entries(stack.resources).filter(
          ([id, { Type }]) =>
            Type !== "AWS::SNS::Subscription" &&
            !/^(Mailmail|Noticesnotify|Watcherwatcher)/.test(id),
        ),
      ),
    }));
    const load = { devices: undefined, eventsPerSecond: undefined };
    const rows = await preflight(stacks, { access: { endpoint }, load });
    const pages = rows.find((row) => row.check === "SNS: pages");
    expect(pages).toMatchObject({ found: "no pageEmail", result: "note" });
    expect(asked.filter(({ service }) => service === "ses")).toEqual([]);
  });
});

describe("a check that cannot be made", () => {
  const failing = (operation: string, answer: Answer) => {
    const usual = answerAs(readyAccount);
    return { answer: (asked: Asked) => (asked.operation === operation ? answer : usual(asked)) };
  };

  it("is unknown if access is denied, with the missing permission; the others are made", async () => {
    const message = "User: anna is not authorized to perform: lambda:GetAccountSettings";
    const { find, rows, code } = await check(
      failing("GetAccountSettings", {
        status: 403,
        error: "AccessDeniedException",
        body: { Message: message, message },
      }),
    );
    expect(find("Lambda")).toMatchObject({ found: "access denied", result: "unknown" });
    expect(find("Lambda")?.action).toContain("lambda:GetAccountSettings");
    expect(rows.filter(({ result }) => result === "unknown")).toHaveLength(1);
    expect(code).toBe(0);
  });

  it("is repeated if AWS throttles it, and unknown if AWS keeps doing so", async () => {
    const { find, asked } = await check(
      failing("GetParameter", {
        status: 400,
        error: "ThrottlingException",
        body: { __type: "ThrottlingException", message: "Rate exceeded" },
      }),
    );
    expect(find("CDK bootstrap")).toMatchObject({ found: "throttled by AWS", result: "unknown" });
    expect(asked.filter(({ operation }) => operation === "GetParameter")).toHaveLength(4);
  });

  it("is unknown if the service has a fault", async () => {
    const { find } = await check(
      failing("DescribeAlarms", {
        status: 500,
        error: "InternalServiceError",
        body: { __type: "InternalServiceError", message: "try later" },
      }),
    );
    expect(find("CloudWatch")).toMatchObject({ found: "InternalServiceFault", result: "unknown" });
  });
});

describe("deploying", () => {
  const deploy = async (args: readonly string[], run: Run = deployed, cdkCode = 0) => {
    const { deps, said, asked } = await start(run);
    const calls: (readonly string[])[] = [];
    const mutes = () =>
      asked.map(({ operation }) => operation).filter((name) => name.endsWith("MuteRule"));
    const mutesBefore: string[][] = [];
    const cdk = async (given: readonly string[]) => {
      calls.push(given);
      mutesBefore.push(mutes());
      return cdkCode;
    };
    const contexts: (readonly string[])[] = [];
    const synthesize = async (folder: string, context: readonly string[]) => {
      contexts.push(context);
      await deps.synthesize(folder);
    };
    const code = await runDeploy(args, { ...deps, synthesize, cdk });
    return { code, calls, contexts, mutesBefore, mutes: mutes(), said: said.join("\n") };
  };
  const withState = (status: string) => ({ "us-east-1": { "Godwit-State": { status } } });
  const deployed = account({ stacks: withState("UPDATE_COMPLETE") });
  const failing = account({ stacks: withState("UPDATE_COMPLETE"), bootstrapVersion: undefined });

  it.each([
    ["there is no stack yet", {}],
    ["an earlier first deployment was rolled back", withState("ROLLBACK_COMPLETE")],
  ])("deploys unprotected tables first, then protects them, if %s", async (_, stacks) => {
    const { code, calls, contexts } = await deploy(["-c", "size=standard"], account({ stacks }));
    expect(contexts).toEqual([
      ["size=standard"],
      ["size=standard", "unprotectedRegions=us-east-1"],
    ]);
    expect(calls).toHaveLength(2);
    expect(calls[0]?.[2]).not.toBe(calls[1]?.[2]);
    expect(code).toBe(0);
  });

  it("stops a first deployment that fails, so that it can be repeated", async () => {
    const { code, calls, said } = await deploy([], account({ stacks: {} }), 1);
    expect(calls).toHaveLength(1);
    expect(code).toBe(1);
    expect(said).toContain("repeat the command");
  });

  it("deploys the checked templates with further arguments", async () => {
    const args = ["-c", "size=standard", "--require-approval", "never"];
    const { code, calls, contexts } = await deploy(args);
    expect(contexts).toEqual([["size=standard"]]);
    expect(calls).toEqual([
      ["deploy", "--app", expect.any(String), "--all", "--require-approval", "never"],
    ]);
    expect(code).toBe(0);
  });

  it("deploys only the named stacks", async () => {
    const { calls } = await deploy(["Godwit-State"]);
    expect(calls[0]?.slice(3)).toEqual(["Godwit-State"]);
  });

  it("is stopped by a failing check, unless the person overrides it", async () => {
    const stopped = await deploy([], failing);
    expect(stopped).toMatchObject({ code: 1, calls: [] });
    expect(stopped.said).toContain("npx cdk bootstrap");
    expect(stopped.said).toContain("--ignore-preflight");
    const forced = await deploy(["--ignore-preflight"], failing);
    expect(forced.calls).toHaveLength(1);
    expect(forced.calls[0]).not.toContain("--ignore-preflight");
  });

  describe("an account with alarms", () => {
    const alarms = Array.from({ length: 101 }, (_, i) => `Godwit-Region-us-east-1-${i}`);
    const withAlarms = account({ stacks: withState("UPDATE_COMPLETE"), alarms });
    const [put, remove] = ["PutAlarmMuteRule", "DeleteAlarmMuteRule"];

    it("mutes them until the deployment ends, at most 100 with one rule", async () => {
      const { mutesBefore, mutes, said } = await deploy([], withAlarms);
      expect(mutesBefore).toEqual([[put, put]]);
      expect(mutes).toEqual([put, put, remove, remove]);
      expect(said).toContain("101 alarms do not page until the deployment ends");
    });

    it("ends the mute after a deployment that fails", async () => {
      const { code, mutes } = await deploy([], withAlarms, 1);
      expect(mutes).toEqual([put, put, remove, remove]);
      expect(code).toBe(1);
    });

    it("does not mute them with --no-mute", async () => {
      expect((await deploy(["--no-mute"], withAlarms)).mutes).toEqual([]);
    });
  });

  it.each([
    [["--no-mutes"], "Did you mean --no-mute?"],
    [["--ignore-prefligth"], "Did you mean --ignore-preflight?"],
    [["--app", "x"], "--app cannot be given"],
    [["--context"], "--context needs a value"],
    [["-c", "size"], "--context must be like size=standard"],
  ])("refuses %j", async (args, message) => {
    await expect(deploy(args)).rejects.toThrow(message);
  });
});

describe("the command line", () => {
  it.each([
    [["--devises", "3"], "Did you mean '--devices'?"],
    [["--devices", "many"], "--devices must be a whole number from 1 to"],
    [["--interval", "3"], "--interval needs --devices"],
    [["extra"], "Unexpected argument 'extra'"],
  ])("refuses %j", async (args, message) => {
    const { deps } = await start({});
    await expect(runPreflight(args, deps)).rejects.toThrow(message);
  });

  it("describes itself", async () => {
    const { deps, printed } = await start({});
    expect(await runPreflight(["--help"], deps)).toBe(0);
    expect(printed[0]).toContain("--devices N");
  });
});
