import { type Stack, Validations } from "aws-cdk-lib";
import { inside } from "./constructs/inside.ts";

interface Acknowledged {
  /** Path of the construct below the stack of a region: one place, so that the next one is found again. */
  readonly at: string;
  readonly findings: readonly string[];
  readonly reason: string;
}

/** A wildcard in the resources that a role may use. */
const wildcard = (resource: string): string => `AwsSolutions-IAM5[Resource::${resource}]`;

/** What cdk-nag finds in a region and stays as it is, each with the reason why. */
export const acknowledged = (stack: Stack, regions: readonly string[]): readonly Acknowledged[] => [
  ...ofEvents(stack),
  ...ofConnections(stack, regions),
  ...ofFunctions(stack, regions),
  ...ofSecrets(stack, regions),
];

const failed = (kind: string): string => wildcard(`<PipelineFailedBucket7F5F712E.Arn>/${kind}/*`);

const records = (kind: string): string => wildcard(`<PipelineRecordsBucket136BC055.Arn>/${kind}/*`);

/** Findings about a part of IoT Core in the stack's own region. */
const iotOf =
  ({ region, partition }: Stack) =>
  (resource: string): string =>
    wildcard(`arn:${partition}:iot:${region}:<AWS::AccountId>:${resource}`);

const ofEvents = (stack: Stack): Acknowledged[] => {
  const iot = iotOf(stack);
  return [
    {
      at: "Pipeline/Failed/Bucket",
      findings: ["AwsSolutions-S1"],
      reason:
        "Only the rule and one function reach it; access logs would need a bucket of their own.",
    },
    {
      at: "Pipeline/Failed/recoverRole",
      findings: [failed("events"), failed("presence"), failed("unreadable")],
      reason: "Each failed event is an object of its own, named by the rule.",
    },
    {
      at: "Pipeline/Records/Bucket",
      findings: ["AwsSolutions-S1"],
      reason:
        "Only the pipeline's own functions reach it; access logs would need a bucket of their own.",
    },
    {
      at: "Pipeline/Records/recordRole",
      findings: [records("heard"), records("ledger/new")],
      reason: "What is said within some seconds is an object of its own, named by the function.",
    },
    {
      at: "Pipeline/Records/ledgerRole",
      findings: [records("ledger")],
      reason: "What is known of a minute's events is an object of its own, named by the function.",
    },
    {
      at: "Pipeline/Rule/Keep",
      findings: [failed("events")],
      reason: "Each failed event is an object of its own, named by the rule.",
    },
    {
      at: "Pipeline/routeRole",
      findings: [iot("topic/acks/*"), iot("topic/stamps/*")],
      reason:
        "It acknowledges the events of every device, and tells streams of every fleet when they were received; each has its own topic.",
    },
    {
      at: "Pipeline/deliverRole",
      findings: [iot("topic/events/*/particle-internal/*")],
      reason:
        "It tells every fleet what became of its deliveries and its integrations, under the cloud's own name.",
    },
    {
      at: "Archive/Bucket",
      findings: ["AwsSolutions-S1"],
      reason: "Only four functions reach it; access logs would need a bucket of their own.",
    },
    ...["Archive/archiveRole", "Jobs/jobRole", "Service/jobsRole", "Service/previewsRole"].map(
      (at) => ({
        at,
        findings: [wildcard("<ArchiveBucket49F1AC64.Arn>/events/*")],
        reason: "What is archived at once is an object of its own, for every fleet.",
      }),
    ),
  ];
};

const ofConnections = (stack: Stack, regions: readonly string[]): Acknowledged[] => {
  const iot = iotOf(stack);
  return [
    ...["Presence", "Hello", "Certificates"].map((rule) => ({
      at: `Connections/${rule}/Keep`,
      findings: [failed("presence")],
      reason: "Each failed message is an object of its own, named by the rule.",
    })),
    {
      at: "Connections/Returns/Keep",
      findings: [failed("returns")],
      reason: "Each failed reply is an object of its own, named by the rule.",
    },
    {
      at: "Watch/watchRole",
      findings: [records("heard"), records("rhythms"), iot("topic/events/*"), iot("client/*")],
      reason:
        "It asks the broker about every device, cuts connections that are dead, and tells users; what was heard, and rhythms, are many objects.",
    },
    {
      at: "Connections/presenceRole",
      findings: [iot("topic/events/*"), iot("client/*"), ...newThings(stack, regions)],
      reason:
        "It tells users of every device's connection, devices which fleet they are in, and renews their certificates, whose ids are new.",
    },
  ];
};

/** Findings of who makes certificates and brings devices in line, in all regions. */
const newThings = ({ partition }: Stack, regions: readonly string[]): string[] => [
  ...regions.flatMap((region) =>
    ["thing/*", "cert/*"].map((name) =>
      wildcard(`arn:${partition}:iot:${region}:<AWS::AccountId>:${name}`),
    ),
  ),
  wildcard("*"),
];

const ofFunctions = (stack: Stack, regions: readonly string[]): Acknowledged[] => {
  const iot = iotOf(stack);
  const devicesEverywhere = regions.map((region) =>
    wildcard(`arn:${stack.partition}:iot:${region}:<AWS::AccountId>:client/*`),
  );
  const streams = (region: string) =>
    [
      "client/stream-*",
      "topicfilter/events/*",
      "topicfilter/stamps/*",
      "topic/events/*",
      "topic/stamps/*",
    ].map((name) => wildcard(`arn:${stack.partition}:iot:${region}:<AWS::AccountId>:${name}`));
  return [
    {
      at: "Service/devicesRole",
      findings: [...devicesEverywhere, ...newThings(stack, regions)],
      reason:
        "It asks the brokers about every device, and each is a client of its own name; it makes things and certificates, whose names are new.",
    },
    {
      at: "Service/productsRole",
      findings: [
        ...devicesEverywhere,
        ...regions.map((region) =>
          wildcard(`arn:${stack.partition}:iot:${region}:<AWS::AccountId>:thing/*`),
        ),
      ],
      reason:
        "The removal of a product takes its devices out of it; the rows of the devices say which ones.",
    },
    {
      at: "Service/callRole",
      findings: devicesEverywhere,
      reason: "It calls every device; the token says which ones.",
    },
    {
      at: "Service/publishRole",
      findings: [iot("topic/events/*")],
      reason: "It publishes for every fleet; the token says which one.",
    },
    {
      at: "Service/streamRole",
      findings: [...regions.flatMap(streams), wildcard("*")],
      reason:
        "It listens in every region for every fleet, the token says which one, under a client name for each stream; iot:DescribeEndpoint has no resource.",
    },
    {
      at: "Provisioning/provisionRole",
      findings: [...newThings(stack, [stack.region]), iot("client/*")],
      reason:
        "It lets in every device that another region made; iot:RegisterCertificateWithoutCA and iot:DescribeEndpoint have no resource.",
    },
    {
      at: "FleetProvisioning/Role",
      findings: [iotOf(stack)("thing/*"), iotOf(stack)("cert/*"), wildcard("*")],
      reason:
        "It makes things whose names are new, as AWS's policy AWSIoTThingsRegistration lets it.",
    },
    {
      at: "adminRole",
      findings: [...newThings(stack, regions), ...devicesEverywhere, iot("topic/control/*")],
      reason:
        "It makes things and certificates, whose names are new and which have no resource yet, and tells any device to reconnect, or shuts it out.",
    },
  ];
};

const ofSecrets = ({ region, partition }: Stack, regions: readonly string[]): Acknowledged[] => {
  const others = regions.filter((one) => one !== region);
  if (others.length === 0) return [];
  return [
    "Pipeline/deliverRole",
    "Service/integrationsRole",
    "Service/previewsRole",
    "Service/accountsRole",
    "adminRole",
  ].map((at) => ({
    at,
    findings: others.map((other) =>
      wildcard(`arn:${partition}:kms:${other}:<AWS::AccountId>:key/*`),
    ),
    reason:
      "The keys of other regions have no ARN here; a condition lets in that of one alias only.",
  }));
};

/** What it finds in the REST API. */
export const acknowledgedOfApi: readonly Acknowledged[] = [
  {
    at: "Api/Rest/CloudWatchRole",
    findings: [
      "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
    ],
    reason: "API Gateway checks its logging role for just the permissions of this policy.",
  },
  {
    at: "Api/Rest",
    findings: ["AwsSolutions-APIG2"],
    reason: "The functions read every request with a schema, and form bodies have no other way.",
  },
  {
    at: "Api/Rest/DeploymentStage.live",
    findings: ["AwsSolutions-APIG3"],
    reason: "Requests are throttled; a web ACL costs more than the rest of a small deployment.",
  },
  {
    at: "Api/Rest/Default",
    findings: ["AwsSolutions-APIG4", "AwsSolutions-COG4"],
    reason:
      "Tokens are the accounts' own, in a header or the query or a form, and the functions check them.",
  },
];

const faultNotes = wildcard("<FaultsBucketB0C1BDB0.Arn>/FisConfigs/*");

/** What it finds in a region whose functions can be made to fail. */
export const acknowledgedOfFaults: readonly Acknowledged[] = [
  {
    at: "Faults/Bucket",
    findings: ["AwsSolutions-S1"],
    reason: "Only AWS FIS and some functions reach it, and what is in it is gone within a day.",
  },
  ...["Pipeline/routeRole", "Pipeline/deliverRole", "Service/publishRole", "Service/callRole"].map(
    (at) => ({
      at,
      findings: [faultNotes],
      reason: "AWS FIS names what it writes for its extension itself.",
    }),
  ),
  {
    at: "Faults/Fis",
    findings: [faultNotes, wildcard("*")],
    reason: "AWS FIS names what it writes for its extension; tag:GetResources has no resource.",
  },
];

/** Lets the acknowledged findings of a region's stack pass. Throws when one names a place that is not there. */
export const acknowledge = (stack: Stack, regions: readonly string[]): void =>
  letPass(stack, acknowledged(stack, regions));

/** The same for the stack of its REST API. */
export const acknowledgeApi = (stack: Stack): void => letPass(stack, acknowledgedOfApi);

/** The same for what drills add to it. */
export const acknowledgeFaults = (stack: Stack): void => letPass(stack, acknowledgedOfFaults);

const letPass = (stack: Stack, all: readonly Acknowledged[]): void => {
  for (const { at, findings, reason } of all) {
    Validations.of(inside(stack, at)).acknowledge(...findings.map((id) => ({ id, reason })));
  }
};
