import { describe, expect, it } from "vitest";
import { readErrors } from "../../conform/cdk.ts";
import { classify } from "../../conform/difference/difference.ts";
import { ministackDifferences } from "../../conform/difference/ministack.ts";
import { motoDifferences } from "../../conform/difference/moto.ts";
import { ministack } from "../../conform/emulator/ministack.ts";
import { moto } from "../../conform/emulator/moto.ts";
import { readVersions } from "../../conform/install.ts";
import { parseOptions } from "../../conform/options.ts";
import { formatReport, formatSection, replaceSection } from "../../conform/report.ts";
import type { EmulatorReport } from "../../conform/run.ts";
import { readReport } from "../../conform/step/contracts.ts";
import { readAnswers } from "../../conform/step/probes.ts";
import type { Template } from "../../conform/templates.ts";

describe("the command line of `npm run conform`", () => {
  it("runs both emulators, or those that are named", () => {
    expect(parseOptions([])).toEqual({ emulators: ["ministack", "moto"], shouldWrite: false });
    expect(parseOptions(["moto", "moto"])).toMatchObject({ emulators: ["moto"] });
    expect(parseOptions(["--help"])).toBe("help");
  });

  it.each([
    [["mini-stack"], "unknown emulator 'mini-stack'. Did you mean 'ministack'? Try --help."],
    [["--wirte"], "Unknown option '--wirte'. Did you mean '--write'? Try --help."],
    [["moto", "--write"], "--write requires both emulators. Try --help."],
  ])("refuses %j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});

describe("findings", () => {
  const known = { symptom: /^deploy: .*Stage/, what: "stages", reason: "a gap" };
  const vanished = { symptom: /never/, what: "former", reason: "a gap" };

  it("are explained by known differences, or unknown", () => {
    const findings = [
      { step: "deploy", text: "no AWS::ApiGateway::Stage" },
      { step: "event", text: "no AWS::ApiGateway::Stage" },
    ];
    const { seen, unknown } = classify(findings, [known, vanished]);
    expect([...seen]).toEqual([known]);
    expect(unknown).toEqual([findings[1]]);
  });

  it("of the CDK CLI are its lines with errors, or its last lines", () => {
    const output = `
Godwit-State: deploying... [1/3]
Godwit-State |  0/2 | 4:01:26 AM | CREATE_FAILED        | AWS::SQS::Queue | Queue No such thing
\u001b[31m❌  Godwit-State failed to deploy\u001b[39m
    at somewhere`;
    expect(readErrors(output)).toEqual([
      "Godwit-State | CREATE_FAILED        | AWS::SQS::Queue | Queue No such thing",
      "❌  Godwit-State failed to deploy",
    ]);
    expect(readErrors("one\ntwo\nthree\n")).toEqual(["two", "three"]);
  });

  it("of the contracts are the failed tests, and files that do not start", () => {
    const report = {
      numPassedTests: 7,
      testResults: [
        {
          assertionResults: [
            { fullName: "a", status: "passed", failureMessages: [] },
            { fullName: "b c", status: "failed", failureMessages: ["Error: no\n at x"] },
          ],
        },
        { message: "no such module\nmore", assertionResults: [] },
      ],
    };
    expect(readReport(report, "contracts")).toEqual({
      done: "7 of 8 tests pass",
      findings: [
        { step: "contracts", text: "b c | Error: no" },
        { step: "contracts", text: "a file fails: no such module" },
      ],
    });
  });

  it("of the probes are other answers, missing ones, and what was not deleted", () => {
    const output = `Account 1, region us-east-1:
as expected  role: How long?
  observed: after 1 ms
DIFFERENT  alarm: Does an alarm arrive?
  observed: no message
could not be undone; delete it yourself: queue q: denied
`;
    expect(readAnswers(output, ["role", "alarm", "stream"], "probes")).toEqual({
      done: "1 of 3 probes answer as expected",
      findings: [
        { step: "probes", text: "alarm: no message" },
        { step: "probes", text: "stream: no answer" },
        { step: "probes", text: "could not be undone; delete it yourself: queue q: denied" },
      ],
    });
  });

  it("of the logs are missing features and errors", () => {
    const log = "04:01 INFO [kms] a\n04:01 WARNING [iot] Topic rule x calls floor()\n";
    expect(ministack.readLog(log)).toEqual(["Topic rule x calls floor()"]);
    const lines = ["No Moto CloudFormation support for AWS::X", "KeyError: 'Uri'", "127.0.0.1 - -"];
    expect(moto.readLog(`${lines.join("\n")}\n${lines[0]}`)).toEqual(lines.slice(0, 2));
  });
});

describe("adaptations of the templates", () => {
  const adapt = (template: Template, symptom: string): Template => {
    const all = [...ministackDifferences, ...motoDifferences];
    all.find((one) => one.symptom.test(`bootstrap and deploy: ${symptom}`))?.adapt?.(template);
    return template;
  };

  it("leave out only the alarms on metric math", () => {
    const Type = "AWS::CloudWatch::Alarm";
    const template = {
      Resources: { Math: { Type, Properties: { Metrics: [] } }, Plain: { Type, Properties: {} } },
    };
    const symptom = "AWS::CloudWatch::Alarm Properties.Metrics (metric math) is not supported";
    expect(Object.keys(adapt(template, symptom).Resources)).toEqual(["Plain"]);
  });

  it("replace global tables, and remove parameters", () => {
    const template: Template = {
      Parameters: { BootstrapVersion: {} },
      Resources: {
        Table: { Type: "AWS::DynamoDB::GlobalTable", Properties: { Replicas: [], KeySchema: [] } },
      },
    };
    adapt(template, "No Moto CloudFormation support for AWS::DynamoDB::GlobalTable");
    adapt(template, "KeyError: 'BootstrapVersion'");
    expect(template).toEqual({
      Resources: { Table: { Type: "AWS::DynamoDB::Table", Properties: { KeySchema: [] } } },
    });
  });
});

describe("the report", () => {
  const [difference, other] = motoDifferences;
  const report: EmulatorReport = {
    kind: moto,
    steps: [{ name: "bootstrap and deploy", done: "700 resources in 3 stacks" }],
    seen: new Set([difference!]),
    unknown: [{ step: "event", text: "nothing" }],
    vanished: [other!],
  };

  it("lists known, vanished and unknown differences", () => {
    const text = formatReport(report);
    expect(text).toContain("bootstrap and deploy  700 resources in 3 stacks");
    expect(text).toContain(`known differences\n  ${difference!.what}`);
    expect(text).toContain(`list of known differences\n  ${other!.what}`);
    expect(text).toContain("event: nothing");
  });

  it("replaces only its section of the document", () => {
    const versions = { ministack: "1.2", moto: "3.4" };
    const section = formatSection([report], versions, new Date("2026-11-30T01:02:03Z"));
    expect(section).toContain("Run on 2026-11-30");
    expect(section).toContain("| bootstrap and deploy | 700 resources in 3 stacks |");
    expect(section).toContain(`| moto | ${difference!.what} | ${difference!.reason} |`);
    const [begin, end] = ["begin", "end"].map(
      (word) => `<!-- ${word}: npm run conform -- --write -->`,
    );
    expect(replaceSection(`a\n${begin}\nold\n${end}\nb\n`, "new")).toBe(
      `a\n${begin}\n\nnew\n\n${end}\nb\n`,
    );
    expect(() => replaceSection("a", "new")).toThrow("has no section");
  });
});

it("the versions of the emulators are pinned", () => {
  expect(readVersions("ministack==1.5.33\nmoto[server]==5.2.5\n")).toEqual({
    ministack: "1.5.33",
    moto: "5.2.5",
  });
  expect(() => readVersions("ministack\nmoto\n")).toThrow("no version of ministack");
});
