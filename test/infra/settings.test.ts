import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { SettingsError } from "../../infra/readSettings.ts";
import { settingsFrom } from "../../infra/settings.ts";
import { context } from "./synthesized.ts";

const read = (given: Readonly<Record<string, unknown>>) =>
  settingsFrom({ regions: ["us-east-1"], ...given });

const problem = (given: Readonly<Record<string, unknown>>): string => {
  try {
    read(given);
    return "none";
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.message;
  }
};

const page = {
  name: "status.example.com",
  certificateArn:
    "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
};

describe("the settings of a deployment", () => {
  it("are those of cdk.json; what belongs to the CDK is not read", () => {
    const cached = { "availability-zones:account=1:region=us-east-1": [], "cli-telemetry": false };
    expect(settingsFrom({ ...context, ...cached })).toMatchObject({
      size: "starter",
      batchSeconds: 0,
      openSignUp: false,
      drills: false,
      certificateDays: 0,
      where: { regions: ["us-east-1"], stateRegion: "us-east-1", closedRegions: [] },
    });
  });

  it("are text on the command line", () => {
    const given = { regions: "eu-west-1,us-east-1", batchSeconds: "2", openSignUp: "true" };
    const statusPage = '{"title":"Example"}';
    const pageReceivers = '[{"kind":"slack","name":"ops","secret":"/godwit/slack"}]';
    const json = { statusPage, pageReceivers };
    expect(read({ ...given, ...json, certificateDays: "30", drills: "false" })).toMatchObject({
      statusPage: { title: "Example" },
      pageReceivers: [{ kind: "slack", name: "ops" }],
      where: { regions: ["eu-west-1", "us-east-1"] },
      batchSeconds: 2,
      openSignUp: true,
      certificateDays: 30,
      drills: false,
    });
  });

  it.each([
    [{ pageMail: "a@b.example" }, "pageMail: is an unknown field; did you mean pageEmail?"],
    [{ Size: "standard" }, "Size: is an unknown field; did you mean size?"],
    [{ batchSecond: 1 }, "did you mean batchSeconds?"],
    [{ region: "us-east-1" }, "did you mean regions?"],
    [{ colour: "blue" }, "colour: is an unknown field: known fields are regions, stateRegion"],
  ])("with an unknown name are refused, with the known ones: %j", (given, message) => {
    expect(problem(given)).toContain(message);
  });

  it.each([
    [
      { statusPage: { titel: "x" } },
      "statusPage.titel: is an unknown field; did you mean statusPage.title?",
    ],
    [
      { statusPage: { domains: { "us-east-1": { ...page, cert: "x" } } } },
      "statusPage.domains.us-east-1.cert: is an unknown field: known fields are name, certificateArn",
    ],
  ])("with an unknown field are refused by one sentence: %j", (given, message) => {
    expect(problem(given)).toBe(message);
  });

  it.each([
    [{ size: "bogus" }, "size: takes starter or standard, not 'bogus'"],
    [{ pageEmail: "ada" }, "pageEmail: must be an e-mail address"],
    [{ pageEmail: "" }, "pageEmail: must be an e-mail address"],
    [{ batchSeconds: 9 }, "batchSeconds: must be a whole number from 0 to 5"],
    [{ batchSeconds: "" }, "batchSeconds: must be a whole number"],
    [{ batchSeconds: null }, "batchSeconds: must be a whole number"],
    [{ batchSeconds: true }, "batchSeconds: must be a whole number"],
    [{ certificateDays: "-1" }, "certificateDays: must be a whole number from 0"],
    [{ certificateDays: "" }, "certificateDays: must be a whole number"],
    [{ openSignUp: "maybe" }, "openSignUp: must be true or false"],
    [{ drills: [] }, "drills: must be true or false"],
    [{ regions: "" }, "regions: must have at least one region"],
    [{ regions: undefined }, "regions: must be a list of regions"],
    [{ regions: 1 }, "regions: must be a list of regions"],
    [{ regions: ["useast1"] }, "'useast1' is no AWS region, for example us-east-1"],
    [{ regions: "us-east-1,us-east-1" }, "regions: names a region twice"],
    [{ stateRegion: "eu-west-1" }, "stateRegion: eu-west-1 is not in regions"],
    [{ domain: "api.example.com" }, "domain and hostedZoneId must be set together"],
    [{ domain: "https://x.example", hostedZoneId: "Z1" }, "domain: is no domain name"],
    [{ domain: "x.example.com", hostedZoneId: "/hostedzone/Z1" }, "hostedZoneId: is no hosted"],
    [{ pageReceivers: "slack" }, "pageReceivers: must be a list of receivers"],
    [{ pageReceivers: null }, "pageReceivers: must be a list of receivers"],
    [{ runbookUrl: "http://x.example" }, "runbookUrl: must be a URL with https:"],
    [{ heartbeatUrl: "https://hc-ping.com/1" }, "must be the name of a parameter in Systems Mana"],
    [{ statusPage: "x" }, "statusPage: must be an object"],
    [{ statusPage: { title: "" } }, "statusPage.title: must not be empty"],
    [{ statusPage: { cloudFront: "no" } }, "statusPage.cloudFront: must be true or false"],
    [
      { statusPage: { cloudFront: false, domains: { "us-east-1": page } } },
      "statusPage.domains: needs CloudFront",
    ],
    [{ statusPage: { supportUrl: "x" } }, "statusPage.supportUrl: must be a URL with https: or"],
    [{ statusPage: { subscribeUrl: "x" } }, "statusPage.subscribeUrl: must be a URL with https:"],
    [{ statusPage: { domains: { "eu-west-1": page } } }, "domains.eu-west-1: is not in regions"],
    [
      {
        regions: "us-east-1,eu-west-1",
        statusPage: { domains: { "us-east-1": page, "eu-west-1": page } },
      },
      "statusPage.domains: must have another name for each region",
    ],
  ])("are refused with what is allowed: %j", (given, message) => {
    expect(problem(given)).toContain(message);
  });

  it("are refused with one sentence for each problem", () => {
    const message = problem({ sise: "standard", pageEmail: "ada", certificateDays: 1.5 });
    expect(message).toMatch(/sise: .*size\?; .*pageEmail: .*; certificateDays: /);
  });

  it("stop the app with one line, without a stack trace", () => {
    const { status, stderr } = spawnSync(process.execPath, ["infra/app.ts"], {
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ ...context, size: "bogus" }) },
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toBe(
      "Settings (context in cdk.json, or --context): size: takes starter or standard, not 'bogus'\n",
    );
  });
});
