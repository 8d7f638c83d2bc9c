import { describe, expect, it } from "vitest";
import { Account } from "./account.ts";
import { stacksOf, synthesisMsMax } from "./deployments.ts";

const region = "us-east-1";
const settings = { regions: [region] };
const first = { ...settings, unprotectedRegions: [region] };
const stackNames = stacksOf(settings).map(({ name }) => name);
const regionStack = `Godwit-Region-${region}`;

describe("the first deployment", { timeout: synthesisMsMax }, () => {
  it.each(stackNames)("leaves nothing when %s fails, so it can be repeated", (failing) => {
    const account = new Account();
    const done = stackNames.slice(0, stackNames.indexOf(failing));
    expect(account.deploy(stacksOf(first), done)).toEqual([]);
    expect(account.failedDeployment(stacksOf(first), failing)).toEqual([]);
    expect(account.leftovers).toEqual([]);
    expect(account.deploy(stacksOf(first))).toEqual([]);
  });

  it("is followed by one that protects the tables", () => {
    const account = new Account();
    expect(account.deploy(stacksOf(first))).toEqual([]);
    expect(account.deploy(stacksOf(settings))).toEqual([]);
  });

  it("without this order leaves tables whose names block the next one", () => {
    const account = new Account();
    account.failedDeployment(stacksOf(settings), "Godwit-State");
    expect(account.leftovers).toHaveLength(9);
    expect(account.deploy(stacksOf(settings), ["Godwit-State"]).join()).toContain(
      "cannot be created",
    );
  });
});

it("a protected table is never deleted by CloudFormation, and an unprotected one with its stack neither", () => {
  for (const given of [settings, first]) {
    for (const { template } of stacksOf(given)) {
      for (const { DeletionPolicy, Properties } of Object.values(template.Resources)) {
        const isProtected = Properties.Replicas?.[0]?.DeletionProtectionEnabled;
        if (isProtected === undefined) continue;
        expect(DeletionPolicy).toBe(isProtected ? "Retain" : "RetainExceptOnCreate");
      }
    }
  }
});

it("buckets and keys outlive their stack, but not a deployment that creates them and fails", () => {
  const kinds = ["AWS::S3::Bucket", "AWS::KMS::Key", "AWS::KMS::Alias", "AWS::IoT::Policy"];
  const policies = stacksOf(settings)
    .flatMap(({ template }) => Object.values(template.Resources))
    .filter(({ Type }) => kinds.includes(Type))
    .map(({ DeletionPolicy }) => DeletionPolicy);
  expect(policies.length).toBeGreaterThan(7);
  expect(new Set(policies)).toEqual(new Set(["RetainExceptOnCreate"]));
});

describe("a region that is destroyed", { timeout: synthesisMsMax }, () => {
  const destroyed = () => {
    const account = new Account();
    account.hasDevices = true;
    expect(account.deploy(stacksOf(settings))).toEqual([]);
    expect(
      account.destroy([`Godwit-Operations-${region}`, `Godwit-Api-${region}`, regionStack]),
    ).toEqual([]);
    return account;
  };

  it("leaves the policies of its devices, the key of its secrets with its alias, and its data", () => {
    const left = destroyed().leftovers.map(({ logicalId }) =>
      logicalId.replace(/[0-9A-F]{8}$/, ""),
    );
    expect(left.sort()).toEqual([
      "ApiRestAccount",
      "ApiRestCloudWatchRole",
      "ArchiveBucket",
      "FirmwareImagesBucket",
      "FleetProvisioningClaimPolicy",
      "PagesKey",
      "PipelineFailedBucket",
      "PipelineRecordsBucket",
      "PipelineWaitingTable",
      "SecretsKey",
      "SecretsKeyAlias",
      "StatusPageBucket",
      "ThingPolicy",
    ]);
  });

  it("cannot be created again beside them, so no second key replaces the first one", () => {
    const problems = destroyed().deploy(stacksOf(settings));
    expect(problems.filter((problem) => problem.includes("cannot be created"))).toEqual([
      expect.stringContaining("AWS::KMS::Alias us-east-1 alias/godwit-secrets"),
      expect.stringContaining("AWS::IoT::Policy us-east-1 godwit_device"),
      expect.stringContaining("AWS::IoT::Policy us-east-1 godwit_claim"),
    ]);
  });

  it("is created again after an import of everything that it left", () => {
    const account = destroyed();
    const stack = stacksOf(settings).find(({ name }) => name === regionStack);
    if (stack === undefined) throw new Error("there is no stack of the region");
    const left = account.leftovers.filter((each) => each.stack === regionStack);
    expect(account.adopt(stack, left)).toEqual([]);
    expect(account.deploy(stacksOf(settings))).toEqual([]);
  });
});
