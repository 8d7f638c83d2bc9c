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

/** What another stack's output is, written into `template`. */
const fromApi = (region: string, output: string) => ({
  "Fn::GetStackOutput": {
    StackName: `Godwit-Api-${region}`,
    Region: region,
    OutputName: expect.stringContaining(output),
  },
});
const apiId = (region: string) => fromApi(region, "RefApiRest");
const stage = (region: string) => fromApi(region, "DeploymentStagelive");

it("is there only with a domain name, in each region, and its pages where Route 53 reports", () => {
  expect(stackNames(made).filter((name) => name.includes("Edge"))).toEqual([
    "Godwit-Edge-eu-west-1",
    "Godwit-Edge-us-east-1",
    "Godwit-EdgePages",
  ]);
  expect(stackNames(app({ regions })).filter((name) => name.includes("Edge"))).toEqual([]);
  const pages = made.synth().getStackByName("Godwit-EdgePages");
  expect(pages.environment.region).toBe("us-east-1");
});

it("leaves every resource of the other stacks as it is without a domain name", () => {
  const without = app({ regions });
  for (const name of stackNames(without)) {
    expect(templateOf(made, name).Resources).toEqual(templateOf(without, name).Resources);
  }
});

it.each<[string, Record<string, unknown>]>([
  ["a name without its zone", { domain: "api.example.com" }],
  ["a zone without a name", { hostedZoneId: "Z0123456789ABC" }],
  ["a URL", { ...named, domain: "https://api.example.com" }],
  ["a zone's name", { ...named, hostedZoneId: "example.com" }],
])("is refused: %s", (_, given) => {
  expect(() => app(given)).toThrow(/domain|zone/);
});

it.each(edges)(
  "sends clients of IPv4 and IPv6 to the nearest region that is well: $region",
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

it("gives each region's records an identifier of their own", () => {
  const identifiers = edges.flatMap(({ edge }) =>
    ofType(edge, "AWS::Route53::RecordSet").map(
      ([, { Properties }]) => `${Properties.Type} ${Properties.SetIdentifier}`,
    ),
  );
  expect(new Set(identifiers).size).toBe(4);
});

it.each(edges)(
  "asks the region itself, never the common name, whether it is well: $region",
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

it("finds within a minute that a region is ill", () => {
  expect([10, 30]).toContain(healthCheckSeconds);
  expect(healthCheckSeconds * healthCheckFailures).toBeLessThanOrEqual(60);
});

it.each(edges)(
  "answers under the name with the region's whole API and its own certificate: $region",
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
    // Of the kind that streams may be idle at for five minutes, not for thirty seconds.
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

it("keeps nothing that has to be changed when a region is lost", () => {
  const types = edges.flatMap(({ edge }) => Object.values(edge.Resources).map(({ Type }) => Type));
  expect([...new Set(types)].sort()).toEqual([
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::DomainName",
    "AWS::CertificateManager::Certificate",
    "AWS::Route53::HealthCheck",
    "AWS::Route53::RecordSet",
  ]);
});

it("pages when DNS removes a region, and when the metric is missing", () => {
  const pages: Template = templateOf(made, "Godwit-EdgePages");
  const [topic] = only(pages, "AWS::SNS::Topic");
  const alarms = ofType(pages, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties);
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
    EvaluationPeriods: outOfDnsMinutes,
    Threshold: 1,
    ComparisonOperator: "LessThanThreshold",
    TreatMissingData: "breaching",
    AlarmActions: [{ Ref: topic }],
    OKActions: [{ Ref: topic }],
    AlarmDescription: `DNS does not send clients to the region ${region}. docs/runbook.md#a-region-is-taken-out-of-dns`,
  });
  expect(alarms).toEqual(regions.map(alarm));
});

it("mails the same person", () => {
  const mailed = templateOf(
    app({ ...named, pageEmail: "on-call@example.org" }),
    "Godwit-EdgePages",
  );
  const [, { Properties }] = only(mailed, "AWS::SNS::Subscription");
  expect(Properties.Endpoint).toBe("on-call@example.org");
});
