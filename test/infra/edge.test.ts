import { expect, it } from "vitest";
import { healthCheckFailures, healthCheckSeconds, outOfDnsMinutes } from "../../infra/sizes.ts";
import { app, ofType, only, type Template, templateOf } from "./synthesized.ts";

const named = { domain: "api.example.com", hostedZoneId: "Z0123456789ABC" };
const regions = ["us-east-1", "eu-west-1"];
const made = app({ ...named, regions });
const edges = regions.map((region) => ({
  region,
  edge: templateOf(made, `Godwit-Edge-${region}`),
}));
const stackNames = (of: ReturnType<typeof app>) =>
  of
    .synth()
    .stacks.map(({ stackName }) => stackName)
    .sort();

/** A reference to an export of the API stack of a region. */
const fromApi = (region: string, output: string) => ({
  "Fn::ImportValue": expect.stringMatching(`^Godwit-Api-${region}:ExportsOutput.*${output}`),
});
const apiId = (region: string) => fromApi(region, "RefApiRest");
const stage = (region: string) => fromApi(region, "DeploymentStagelive");

it("the edge exists only with a domain name, in each region; its alarms are in the region of Route 53's metrics", () => {
  expect(stackNames(made).filter((name) => name.includes("Edge"))).toEqual([
    "Godwit-Edge-eu-west-1",
    "Godwit-Edge-us-east-1",
    "Godwit-EdgePages",
  ]);
  expect(stackNames(app({ regions })).filter((name) => name.includes("Edge"))).toEqual([]);
  const pages = made.synth().getStackByName("Godwit-EdgePages");
  expect(pages.environment.region).toBe("us-east-1");
});

/** The resources of a stack without the function of the watcher and its policy. */
const withoutWatcher = (of: ReturnType<typeof app>, name: string) =>
  Object.entries(templateOf(of, name).Resources).filter(([id]) => !/^Watcherwatcher/.test(id));

it("a domain name changes no resource of the other stacks but the watchers", () => {
  const without = app({ regions });
  for (const name of stackNames(without)) {
    expect(withoutWatcher(made, name)).toEqual(withoutWatcher(without, name));
  }
});

it.each<[string, Record<string, unknown>]>([
  ["a name without its zone", { domain: "api.example.com" }],
  ["a zone without a name", { hostedZoneId: "Z0123456789ABC" }],
  ["a URL", { ...named, domain: "https://api.example.com" }],
  ["a zone's name", { ...named, hostedZoneId: "example.com" }],
])("an invalid context is refused: %s", (_, given) => {
  expect(() => app(given)).toThrow(/domain|zone/);
});

it.each(edges)(
  "DNS sends IPv4 and IPv6 clients to the nearest healthy region: $region",
  ({ region, edge }) => {
    const [health] = only(edge, "AWS::Route53::HealthCheck");
    const [name] = only(edge, "AWS::ApiGateway::DomainName");
    const records = ofType(edge, "AWS::Route53::RecordSet").map(([, { Properties }]) => Properties);
    const record = (Type: string) => ({
      Name: named.domain,
      HostedZoneId: named.hostedZoneId,
      Type,
      Region: region,
      SetIdentifier: region,
      HealthCheckId: { Ref: health },
      AliasTarget: {
        DNSName: { "Fn::GetAtt": [name, "RegionalDomainName"] },
        HostedZoneId: { "Fn::GetAtt": [name, "RegionalHostedZoneId"] },
        EvaluateTargetHealth: false,
      },
    });
    expect(records).toEqual([record("A"), record("AAAA")]);
  },
);

it("the records of each region have their own identifier", () => {
  const identifiers = edges.flatMap(({ edge }) =>
    ofType(edge, "AWS::Route53::RecordSet").map(
      ([, { Properties }]) => `${Properties.Type} ${Properties.SetIdentifier}`,
    ),
  );
  expect(new Set(identifiers).size).toBe(4);
});

it.each(edges)(
  "the health check requests the region's own endpoint, not the shared name: $region",
  ({ region, edge }) => {
    const [, { Properties }] = only(edge, "AWS::Route53::HealthCheck");
    expect(Properties.HealthCheckConfig).toEqual({
      Type: "HTTPS",
      EnableSNI: true,
      FullyQualifiedDomainName: {
        "Fn::Join": ["", [apiId(region), `.execute-api.${region}.`, { Ref: "AWS::URLSuffix" }]],
      },
      Port: 443,
      ResourcePath: { "Fn::Join": ["", ["/", stage(region), "/v1/health"]] },
      RequestInterval: healthCheckSeconds,
      FailureThreshold: healthCheckFailures,
      Inverted: false,
      MeasureLatency: false,
    });
  },
);

it("an unhealthy region is detected within a minute", () => {
  expect([10, 30]).toContain(healthCheckSeconds);
  expect(healthCheckSeconds * healthCheckFailures).toBeLessThanOrEqual(60);
});

it.each(edges)(
  "the shared name serves the complete API with a certificate of the region: $region",
  ({ region, edge }) => {
    const [certificate, { Properties: certified }] = only(
      edge,
      "AWS::CertificateManager::Certificate",
    );
    const [name, { Properties }] = only(edge, "AWS::ApiGateway::DomainName");
    const [, { Properties: mapping }] = only(edge, "AWS::ApiGateway::BasePathMapping");
    expect(certified).toMatchObject({
      DomainName: named.domain,
      ValidationMethod: "DNS",
      DomainValidationOptions: [{ DomainName: named.domain, HostedZoneId: named.hostedZoneId }],
    });
    // The idle timeout of regional endpoints is five minutes, that of edge-optimized ones 30
    // seconds.
    expect(Properties).toEqual({
      DomainName: named.domain,
      RegionalCertificateArn: { Ref: certificate },
      EndpointConfiguration: { Types: ["REGIONAL"], IpAddressType: "dualstack" },
      SecurityPolicy: "TLS_1_2",
    });
    expect(mapping).toEqual({
      DomainName: { Ref: name },
      RestApiId: apiId(region),
      Stage: stage(region),
    });
  },
);

it("the loss of a region requires no change of resources", () => {
  const types = edges.flatMap(({ edge }) => Object.values(edge.Resources).map(({ Type }) => Type));
  expect([...new Set(types)].sort()).toEqual([
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::DomainName",
    "AWS::CertificateManager::Certificate",
    "AWS::Route53::HealthCheck",
    "AWS::Route53::RecordSet",
  ]);
});

it("an alarm pages when DNS removes a region and when its metric is missing", () => {
  const pages: Template = templateOf(made, "Godwit-EdgePages");
  const [topic] = only(pages, "AWS::SNS::Topic");
  const alarms = ofType(pages, "AWS::CloudWatch::Alarm")
    .map(([, { Properties }]) => Properties)
    .filter(({ Namespace }) => Namespace === "AWS/Route53");
  const alarm = (region: string) => ({
    Namespace: "AWS/Route53",
    MetricName: "HealthCheckStatus",
    Dimensions: [
      {
        Name: "HealthCheckId",
        Value: {
          "Fn::GetStackOutput": {
            StackName: `Godwit-Edge-${region}`,
            Region: region,
            OutputName: expect.stringContaining("RefHealth"),
          },
        },
      },
    ],
    Statistic: "Minimum",
    Period: 60,
    EvaluationPeriods: outOfDnsMinutes + 1,
    DatapointsToAlarm: outOfDnsMinutes,
    Threshold: 1,
    ComparisonOperator: "LessThanThreshold",
    TreatMissingData: "ignore",
    AlarmActions: [{ Ref: topic }],
    AlarmDescription: `DNS does not send clients to the region ${region}. Severity: critical. Components: api. Runbook: docs/runbook.md#a-region-is-taken-out-of-dns`,
  });
  expect(alarms).toEqual(regions.map(alarm));
});

it("pages are mailed to the address in the context", () => {
  const mailed = templateOf(
    app({ ...named, pageEmail: "on-call@example.org" }),
    "Godwit-EdgePages",
  );
  const [, { Properties }] = only(mailed, "AWS::SNS::Subscription");
  expect(Properties.Endpoint).toBe("on-call@example.org");
});

it("the watcher compares the alarms of the domain name with their templates, in their region", () => {
  const watchedBy = (region: string): string[] => {
    const functions = ofType(
      templateOf(made, `Godwit-Operations-${region}`),
      "AWS::Lambda::Function",
    );
    const [, watcher] = functions.find(([id]) => /^Watcherwatcher/.test(id)) ?? [];
    return watcher?.Properties.Environment.Variables.WATCHED_STACKS.split(",");
  };
  expect(watchedBy("eu-west-1")).toEqual(
    expect.arrayContaining(["Godwit-Edge-us-east-1", "Godwit-EdgePages"]),
  );
  expect(watchedBy("us-east-1")).toContain("Godwit-Edge-eu-west-1");
  expect(watchedBy("us-east-1")).not.toContain("Godwit-EdgePages");
});

it("without a region in us-east-1, the first watcher reads these alarms and compares them, too", () => {
  const elsewhere = app({ ...named, regions: ["eu-west-1", "eu-central-1"] });
  const watcherIn = (region: string) => {
    const template = templateOf(elsewhere, `Godwit-Operations-${region}`);
    const [, watcher] =
      ofType(template, "AWS::Lambda::Function").find(([id]) => /^Watcherwatcher/.test(id)) ?? [];
    const rights = ofType(template, "AWS::IAM::Policy").filter(([id]) => /^Watcher/.test(id));
    return {
      variables: watcher?.Properties.Environment.Variables,
      rights: JSON.stringify(rights.map(([, { Properties }]) => Properties.PolicyDocument)),
    };
  };
  const first = watcherIn("eu-west-1");
  expect(first.variables).toMatchObject({
    EDGE_STACK: "Godwit-EdgePages",
    EDGE_REGION: "us-east-1",
  });
  for (const part of [
    ":cloudformation:us-east-1:",
    ":events:us-east-1:",
    ":sns:us-east-1:",
    ":cloudwatch:us-east-1:",
  ]) {
    expect(first.rights).toContain(part);
  }
  const second = watcherIn("eu-central-1");
  expect(second.variables).not.toHaveProperty("EDGE_STACK");
  expect(second.rights).not.toContain("us-east-1");
});
