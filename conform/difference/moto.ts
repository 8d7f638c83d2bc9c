import { isRecord } from "#shared/platform/isRecord.ts";
import type { Template } from "../templates.ts";
import { changeEach } from "./adaptations.ts";
import { commonDifferences } from "./contractGroups.ts";
import type { Difference } from "./difference.ts";

/** Adds a method to the root of each REST API, and makes the deployments wait for it. */
const addMethods = ({ Resources }: Template): void => {
  const ids = Object.keys(Resources).filter(
    (id) => Resources[id]?.Type === "AWS::ApiGateway::RestApi",
  );
  const methods = ids.map((id) => `${id}Method`);
  for (const id of ids) {
    Resources[`${id}Method`] = {
      Type: "AWS::ApiGateway::Method",
      Properties: {
        RestApiId: { Ref: id },
        ResourceId: { "Fn::GetAtt": [id, "RootResourceId"] },
        HttpMethod: "GET",
        AuthorizationType: "NONE",
        Integration: { Type: "MOCK", IntegrationHttpMethod: "POST", Uri: "http://127.0.0.1" },
      },
    };
  }
  for (const resource of Object.values(Resources)) {
    if (resource.Type === "AWS::ApiGateway::Deployment") resource.DependsOn = methods;
  }
};

/** Replaces each object within the properties of all resources that `find` knows. */
const replaceValues = (
  { Resources }: Template,
  find: (value: Readonly<Record<string, unknown>>) => string | undefined,
): void => {
  const replaced = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replaced);
    if (!isRecord(value)) return value;
    return (
      find(value) ??
      Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaced(one)]))
    );
  };
  for (const { Properties = {} } of Object.values(Resources)) {
    for (const [key, value] of Object.entries(Properties)) Properties[key] = replaced(value);
  }
};

/** Types that moto reports as created, without a resource. */
const ignoredTypes: readonly string[] = [
  "AWS::CloudWatch::Alarm",
  "AWS::CloudWatch::CompositeAlarm",
  "AWS::CloudFront::CachePolicy",
  "AWS::CloudFront::Distribution",
  "AWS::CloudFront::OriginAccessControl",
  "AWS::CloudFront::ResponseHeadersPolicy",
  "AWS::SQS::QueuePolicy",
  "AWS::S3::BucketPolicy",
  "AWS::IoT::TopicRule",
  "AWS::IoT::ProvisioningTemplate",
  "AWS::SNS::TopicPolicy",
  "AWS::ApiGateway::Account",
  "AWS::ApiGateway::Stage",
  "AWS::Lambda::EventInvokeConfig",
];

/** Writes a text in place of each attribute of an ignored resource. */
const writeAttributes = (template: Template): void =>
  replaceValues(template, ({ "Fn::GetAtt": from }) => {
    const id: unknown = Array.isArray(from) ? from[0] : undefined;
    if (typeof id !== "string") return undefined;
    const type = template.Resources[id]?.Type ?? "";
    return ignoredTypes.includes(type) ? `arn:aws:ignored:us-east-1:000000000000:${id}` : undefined;
  });

/** Writes a name in place of each import of a stage. */
const writeStageNames = (template: Template): void =>
  replaceValues(template, ({ "Fn::ImportValue": name }) =>
    typeof name === "string" && name.includes("DeploymentStage") ? "live" : undefined,
  );

/** Known differences between moto and AWS. */
export const motoDifferences: readonly Difference[] = [
  {
    symptom: /No Moto CloudFormation support for AWS::DynamoDB::GlobalTable/,
    what: "CloudFormation: `AWS::DynamoDB::GlobalTable` is ignored",
    reason: "The command deploys these tables as `AWS::DynamoDB::Table`, without replicas.",
    adapt: changeEach("AWS::DynamoDB::GlobalTable", (table) => {
      table.Type = "AWS::DynamoDB::Table";
      if (table.Properties !== undefined) delete table.Properties.Replicas;
    }),
  },
  {
    symptom:
      /^bootstrap and deploy: .*(Godwit-Api-\S+ failed to deploy|@aws-sdk XML parse error: unexpected content)/,
    what: "CloudFormation: the `Body` of an `AWS::ApiGateway::RestApi` is ignored",
    reason:
      "AWS imports the OpenAPI document. Without methods, moto refuses the deployment of the API, so the command adds one.",
    adapt: addMethods,
  },
  {
    symptom: /Fn::GetAtt references undefined resource/,
    what: "CloudFormation: `Fn::GetAtt` of an ignored resource is an error",
    reason: "AWS creates the resource. The command writes a text in place of the attribute.",
    adapt: writeAttributes,
  },
  {
    symptom: /No export named \S*DeploymentStage/,
    what: "CloudFormation: the export of an ignored stage is missing",
    reason: "AWS creates the stage. The command writes its name in place of the import.",
    adapt: writeStageNames,
  },
  {
    symptom: /KeyError: 'BootstrapVersion'/,
    isAtUpdate: true,
    what: "CloudFormation: an update loses the default values of parameters",
    reason: "The CLI sends `UsePreviousValue` for each parameter, as CloudFormation documents it.",
    adapt: (template) => {
      delete template.Parameters;
      delete template.Rules;
    },
  },
  ...ignoredTypes.map((type) => ({
    symptom: new RegExp(`${type}\\b`),
    what: `CloudFormation: \`${type}\` is ignored`,
    reason: "It reports success without the resource.",
  })),
  {
    symptom: /^contracts: a registry .*ResourceNotFoundException/,
    what: "IoT Core: a registered certificate has another id",
    reason: "On AWS, the id of a certificate is its SHA-256 fingerprint in every region.",
  },
  {
    symptom: /^contracts: SQS a batch sends, changes and deletes each entry/,
    what: "SQS: a batch accepts an entry with invalid characters",
    reason: "AWS reports the entry in `Failed`.",
  },
  {
    symptom: /^contracts: SQS a message is refused: InvalidMessageContents/,
    what: "SQS: messages with invalid characters are accepted",
    reason: "AWS documents the characters that a message may have.",
  },
  {
    symptom: /^contracts: SQS a queue has the settings that it is created with/,
    what: "SQS: the default of `MaximumMessageSize` is 256 KiB",
    reason: "On AWS it is 1 MiB.",
  },
  {
    symptom: /^contracts: S3 an object is not completed from parts in another order/,
    what: "S3: a multipart upload with parts in another order has another error",
    reason: "AWS answers `InvalidPartOrder`.",
  },
  {
    symptom: /^contracts: an update creates an item, and returns only the attributes/,
    what: "DynamoDB: `UPDATED_NEW` also returns the keys of a new item",
    reason: "AWS returns only the updated attributes.",
  },
  {
    symptom:
      /^contracts: several items of a transaction are written once, however often it is sent/,
    what: "DynamoDB: `ClientRequestToken` has no effect",
    reason: "AWS executes a transaction once within ten minutes.",
  },
  {
    symptom: /^contracts: a request reports its capacity units/,
    what: "DynamoDB: the consumed capacity is constant",
    reason: "AWS calculates it from the sizes of items.",
  },
  {
    symptom: /^contracts: .*(concurren|exactly one|quota of attempts at a target is exact)/,
    what: "DynamoDB: conditional writes that run at the same time both succeed",
    reason:
      "AWS executes them one after the other. The server of moto has no lock; not every run shows it.",
    isIntermittent: true,
  },
  {
    symptom: /^(event|probes): /,
    what: "No MQTT broker; functions run only with Docker",
    reason: "MiniStack runs the event and the probes.",
  },
  {
    symptom: /^destroy: .*destroy failed DeploymentError: @aws-sdk XML parse error/,
    what: "CloudFormation: `DeletionPolicy: RetainExceptOnCreate` is ignored",
    reason:
      "AWS retains the IoT policy of the devices. moto tries to delete it, and it is attached to certificates.",
  },
  ...commonDifferences,
];
