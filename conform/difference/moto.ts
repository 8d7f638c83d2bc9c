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
    symptom: /KeyError: 'BootstrapVersion'/,
    isAtUpdate: true,
    what: "CloudFormation: an update loses the default values of parameters",
    reason: "The CLI sends `UsePreviousValue` for each parameter, as CloudFormation documents it.",
    adapt: (template) => {
      delete template.Parameters;
      delete template.Rules;
    },
  },
  ...[
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::SQS::QueuePolicy",
    "AWS::S3::BucketPolicy",
    "AWS::IoT::TopicRule",
    "AWS::IoT::ProvisioningTemplate",
    "AWS::SNS::TopicPolicy",
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Stage",
    "AWS::Lambda::EventInvokeConfig",
  ].map((type) => ({
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
