import { describe, expect, it } from "vitest";
import { settingsFrom } from "../../infra/settings.ts";
import type { Cloud, LeftResource } from "../../regions/cloud.ts";
import { run } from "../../regions/run.ts";
import type { SettingsChange } from "../../regions/step.ts";

const [a, b] = ["us-east-1", "eu-west-1"];

interface Given {
  readonly regions?: readonly string[];
  readonly closedRegions?: readonly string[];
  readonly stacks?: readonly string[];
  readonly replicas?: readonly string[];
  readonly leftovers?: readonly LeftResource[];
  /** Devices at each check. The last one repeats. */
  readonly devices?: readonly number[];
  readonly work?: Awaited<ReturnType<Cloud["leftWork"]>>;
  /** The run of the CDK that fails, counted from 1. */
  readonly failing?: number;
  readonly isConfirmed?: boolean;
  /** Regions whose endpoints do not exist. */
  readonly unreachable?: readonly string[];
}

/** Runs the command against an account in memory. */
const runWith = async (args: string, given: Given = {}) => {
  const commands: string[] = [];
  const files: string[] = [];
  const settings: SettingsChange[] = [];
  const printed: string[] = [];
  const said: string[] = [];
  const devices = [...(given.devices ?? [0])];
  const stacks = given.stacks ?? [`${a} Godwit-State`, `${b} Godwit-Region-${b}`];
  const cloud: Cloud = {
    hasStack: async (region, name) => {
      if (given.unreachable?.includes(region)) throw new Error("getaddrinfo ENOTFOUND");
      return stacks.includes(`${region} ${name}`);
    },
    hasReplica: async (_, region) => (given.replicas ?? []).includes(region),
    leftovers: async () => given.leftovers ?? [],
    connectedDevices: async () => (devices.length > 1 ? devices.shift() : devices[0]) ?? 0,
    leftWork: async () => given.work ?? [],
  };
  let waitedMs = 0;
  const done = run(args.split(" "), {
    readSettings: async () => ({
      ...settingsFrom({
        regions: given.regions ?? [a, b],
        stateRegion: a,
        closedRegions: given.closedRegions,
      }).where,
      hasDomain: false,
      hasDrills: false,
    }),
    writeSettings: async (change) => {
      settings.push(change);
      commands.push(
        `settings ${change.regions.join()} closed ${change.closedRegions?.join() ?? ""}`,
      );
    },
    openCloud: () => cloud,
    cdk: async (cdkArguments) => {
      commands.push(`cdk ${cdkArguments.join(" ")}`);
      const runs = commands.filter((command) => command.startsWith("cdk")).length;
      return runs === given.failing ? 1 : 0;
    },
    admin: async (adminArguments) => {
      commands.push(`admin ${adminArguments.join(" ")}`);
      return 0;
    },
    writeFile: async (name, text) => {
      files.push(text);
      return name;
    },
    confirm: async () => given.isConfirmed ?? true,
    wait: async (ms) => {
      waitedMs += ms;
    },
    print: (text) => printed.push(text),
    say: (line) => said.push(line),
  });
  const error: unknown = await done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const message = error instanceof Error ? error.message : undefined;
  return { message, commands, files, printed, said, settings, waitedMs };
};

describe("adding a region", () => {
  it("runs the steps of the plan in their order", async () => {
    const { message, commands } = await runWith(`add ${b}`, {
      regions: [a],
      stacks: [`${a} Godwit-State`],
    });
    expect(message).toBeUndefined();
    expect(commands).toEqual([
      `settings ${a},${b} closed `,
      "cdk deploy Godwit-State --exclusively",
      `cdk deploy Godwit-Region-${b} Godwit-Api-${b} Godwit-Operations-${b} --exclusively`,
      `cdk deploy Godwit-Region-${a} Godwit-Api-${a} Godwit-Operations-${a} --exclusively`,
      `admin region fill ${b} --region ${b}`,
    ]);
  });

  it("changes nothing if the region does not respond: it may be misspelled", async () => {
    const { message, commands } = await runWith("add us-esat-1", {
      regions: [a],
      stacks: [`${a} Godwit-State`],
      unreachable: ["us-esat-1"],
    });
    expect(message).toContain("us-esat-1 cannot be read: getaddrinfo ENOTFOUND. Check the name");
    expect(commands).toEqual([]);
  });

  it("imports what a destroyed stack has left, by the identifiers of CloudFormation", async () => {
    const left = (logicalId: string, type: string, physicalId: string) => ({
      logicalId,
      type,
      physicalId,
    });
    const { commands, files } = await runWith(`add ${b}`, {
      regions: [a],
      stacks: [`${a} Godwit-State`],
      leftovers: [
        left("SecretsKey1", "AWS::KMS::Key", "0f3c"),
        left("SecretsAlias1", "AWS::KMS::Alias", "alias/godwit-secrets"),
        left("ThingPolicy", "AWS::IoT::Policy", "godwit_device"),
        left("ArchiveBucket1", "AWS::S3::Bucket", "archive-1"),
        left("PipelineWaitingTable1", "AWS::DynamoDB::GlobalTable", "Waiting-1"),
        left("Role", "AWS::IAM::Role", "role"),
      ],
    });
    expect(commands).toContain(`cdk import Godwit-Region-${b} --resource-mapping import-${b}.json`);
    expect(JSON.parse(files[0] ?? "")).toEqual({
      SecretsKey1: { KeyId: "0f3c" },
      SecretsAlias1: { AliasName: "alias/godwit-secrets" },
      ThingPolicy: { Id: "godwit_device" },
      ArchiveBucket1: { BucketName: "archive-1" },
      PipelineWaitingTable1: { TableName: "Waiting-1" },
    });
  });

  it("stops at a step that fails, and the same command continues", async () => {
    const given = { regions: [a], stacks: [`${a} Godwit-State`] };
    const failed = await runWith(`add ${b}`, { ...given, failing: 2 });
    expect(failed.message).toContain("Repeat the command to continue");
    expect(failed.commands).toHaveLength(3);
    const again = await runWith(`add ${b}`, { ...given, regions: [a, b] });
    expect(again.commands).toHaveLength(5);
  });

  it("is refused where the stack of the tables is not, before anything changes", async () => {
    const { message, commands } = await runWith(`add ${b}`, { regions: [a], stacks: [] });
    expect(message).toContain(`There is no stack Godwit-State in ${a}`);
    expect(commands).toEqual([]);
  });
});

describe("removing a region", () => {
  it("closes it, waits for its devices, and deletes it", async () => {
    const { message, commands, waitedMs } = await runWith(`remove ${b} --disconnect-devices`, {
      devices: [3, 1, 0],
    });
    expect(message).toBeUndefined();
    expect(waitedMs).toBeGreaterThan(0);
    expect(commands).toEqual([
      `settings ${a},${b} closed ${b}`,
      `cdk deploy Godwit-Operations-${b} --exclusively`,
      `cdk deploy Godwit-Region-${b} --exclusively`,
      `settings ${a} closed `,
      `cdk deploy Godwit-Region-${a} Godwit-Api-${a} Godwit-Operations-${a} --exclusively`,
      `cdk destroy Godwit-Operations-${b} Godwit-Api-${b} Godwit-Region-${b} --exclusively --force --context regions=${a},${b} --context closedRegions=${b}`,
      `cdk deploy Godwit-State --exclusively --context regions=${a},${b} --context unprotectedRegions=${b}`,
      "cdk deploy Godwit-State --exclusively",
    ]);
  });

  it("is refused while devices are connected", async () => {
    const { message, commands } = await runWith(`remove ${b}`, { devices: [1_000] });
    expect(message).toContain("at least 1000 connected devices");
    expect(message).toContain("--disconnect-devices");
    expect(commands).toEqual([]);
  });

  it("ends before it deletes anything while deliveries wait", async () => {
    const work = [{ name: "PipelineEventsQueue", messages: 2 }, { name: "waiting deliveries" }];
    const { message, commands } = await runWith(`remove ${b}`, { work });
    expect(message).toContain("2 messages in PipelineEventsQueue, waiting deliveries");
    expect(commands.join()).not.toContain("destroy");
    const forced = await runWith(`remove ${b} --abandon-work`, { work });
    expect(forced.message).toBeUndefined();
    expect(forced.commands.join()).toContain("destroy");
  });

  it("continues after cdk.json has changed, as long as a stack or a replica is left", async () => {
    for (const rest of [
      { stacks: [`${a} Godwit-State`, `${b} Godwit-Region-${b}`] },
      { stacks: [`${a} Godwit-State`], replicas: [b] },
    ]) {
      const { message, commands } = await runWith(`remove ${b}`, { regions: [a], ...rest });
      expect(message).toBeUndefined();
      expect(commands).toHaveLength(4);
    }
    const none = await runWith(`remove ${b}`, { regions: [a], stacks: [`${a} Godwit-State`] });
    expect(none.message).toContain("is no region of this deployment");
  });

  it("is refused for the state region", async () => {
    const { message, commands } = await runWith(`remove ${a}`);
    expect(message).toContain("cannot be removed");
    expect(commands).toEqual([]);
  });
});

describe("the command line", () => {
  it("prints the plan first, and with --plan only prints it", async () => {
    const { printed, commands } = await runWith(`remove ${b} --plan`, { devices: [5] });
    expect(commands).toEqual([]);
    expect(printed.join("\n")).toMatch(/^Remove eu-west-1: 9 steps\n/);
    expect(printed.join("\n")).toContain("Cannot be taken back: The copies of the tables");
    expect(printed.join("\n")).toContain("Cost: ");
  });

  it("says that a region outside cdk.json is the rest of an earlier removal", async () => {
    const { printed } = await runWith(`remove ${b} --plan`, { regions: [a] });
    expect(printed[0]).toContain(`${b} is not in cdk.json: these are the last steps`);
  });

  it("changes nothing without an approval", async () => {
    const { commands, said } = await runWith(`remove ${b}`, { isConfirmed: false });
    expect(commands).toEqual([]);
    expect(said).toEqual(["Nothing was changed."]);
  });

  it.each([
    ["move eu-west-1", "Did you mean 'remove'?"],
    ["add", "add needs the name of a region."],
    ["add eu-west-1 us-east-1", "add takes one region."],
    ["add mars", "'mars' is no AWS region"],
    ["add eu-west-1 --plans", "Did you mean '--plan'?"],
    ["add eu-west-1 --abandon-work", "are for remove"],
  ])("refuses %s", async (args, expected) => {
    const { message } = await runWith(args);
    expect(message).toContain(expected);
  });

  it.each(["add ap-southeast-2 --plan", "remove ap-southeast-2 --plan"])(
    "does not open a closed region again: %s",
    async (args) => {
      const { message, settings } = await runWith(args, { closedRegions: [b] });
      expect(message).toContain(`${b} is being removed`);
      expect(settings).toEqual([]);
    },
  );

  it("does not add the state region, which is part of the deployment", async () => {
    const { message } = await runWith(`add ${a} --plan`);
    expect(message).toContain(`${a} is the state region`);
  });

  it("prints its help", async () => {
    const { printed } = await runWith("--help");
    expect(printed[0]).toContain("npm run regions -- add REGION");
  });

  it("passes a profile to the CDK", async () => {
    const { commands } = await runWith(`add ${b} --profile prod --yes`, {
      regions: [a],
      stacks: [`${a} Godwit-State`],
    });
    expect(commands[1]).toBe("cdk deploy Godwit-State --exclusively --profile prod");
  });
});
