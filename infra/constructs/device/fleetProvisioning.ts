import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnPolicy, CfnProvisioningTemplate } from "aws-cdk-lib/aws-iot";
import { Construct } from "constructs";
import {
  claimClientPrefix,
  claimTemplateName,
  hookTimeoutSeconds,
} from "../../../shared/device/provision/limits.ts";
import { allow } from "../allow.ts";
import { fn } from "../function/fn.ts";
import {
  allowIndex,
  allowRecording,
  type GlobalTables,
  globalTableIndexes,
} from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import { nothing } from "./devicePolicy.ts";

interface FleetProvisioningOptions {
  readonly tables: GlobalTables;
  /** The IoT policy of every device certificate. */
  readonly devicePolicy: CfnPolicy;
  readonly regions: readonly string[];
  readonly certificateDays: number;
  /** Whether the region refuses devices. */
  readonly isClosed: boolean;
  readonly pages: Pages;
}

const anyDevice = "A new device's thing and certificate get their names when it is provisioned.";

/**
 * The statements of the AWS managed policy AWSIoTThingsRegistration about things, certificates and
 * policies.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSIoTThingsRegistration.html
 */
const allowRegistering = (role: Role, policyName: string): void => {
  const { partition, region, account } = Stack.of(role);
  const arn = (resource: string) => `arn:${partition}:iot:${region}:${account}:${resource}`;
  const [things, certificates] = [arn("thing/*"), arn("cert/*")];
  allow(
    role,
    [
      "iot:CreateThing",
      "iot:DescribeThing",
      "iot:UpdateThing",
      "iot:ListThingPrincipals",
      "iot:ListThingGroupsForThing",
    ],
    [things],
    anyDevice,
  );
  allow(
    role,
    [
      "iot:AttachPolicy",
      "iot:AttachPrincipalPolicy",
      "iot:AttachThingPrincipal",
      "iot:DescribeCertificate",
      "iot:ListPrincipalThings",
      "iot:UpdateCertificate",
    ],
    [certificates],
    anyDevice,
  );
  allow(role, ["iot:GetPolicy", "iot:ListTargetsForPolicy"], [arn(`policy/${policyName}`)]);
  allow(
    role,
    ["iot:ListAttachedPolicies", "iot:ListPrincipalPolicies", "iot:RegisterThing"],
    ["*"],
    "IoT Core has no resource for these actions.",
  );
};

const parameter = (name: string) => ({ Ref: name });
const certificateId = "AWS::IoT::Certificate::Id";

/**
 * Lets new devices provision themselves with a claim certificate of their product.
 * https://docs.aws.amazon.com/iot/latest/developerguide/provision-wo-cert.html#claim-based
 */
export class FleetProvisioning extends Construct {
  /** The IoT policy of claim certificates. */
  readonly claimPolicy: CfnPolicy;

  constructor(
    scope: Construct,
    id: string,
    { tables, devicePolicy, regions, certificateDays, isClosed, pages }: FleetProvisioningOptions,
  ) {
    super(scope, id);
    this.claimPolicy = claimPolicy(this, isClosed);
    const hook = fn(this, "admit", {
      environment: {
        ACCOUNTS_TABLE: tables.accounts.tableName,
        DEVICES_TABLE: tables.devices.tableName,
        AUDIT_TABLE: tables.audit.tableName,
        REGIONS: regions.join(),
        CERTIFICATE_DAYS: String(certificateDays),
      },
      timeoutSeconds: hookTimeoutSeconds,
      pages,
    });
    tables.accounts.grant(hook, "dynamodb:GetItem");
    tables.devices.grant(
      hook,
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
    );
    allowIndex(hook, tables.devices, globalTableIndexes.devices);
    allowRecording(hook, tables);
    const { partition, region, account } = Stack.of(this);
    hook.addPermission("Iot", {
      principal: new ServicePrincipal("iot.amazonaws.com"),
      sourceAccount: account,
      sourceArn: `arn:${partition}:iot:${region}:${account}:provisioningtemplate/${claimTemplateName}`,
    });
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("iot.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": account } },
      }),
    });
    allowRegistering(role, devicePolicy.policyName ?? devicePolicy.ref);
    const template = new CfnProvisioningTemplate(this, "Template", {
      templateName: claimTemplateName,
      templateType: "FLEET_PROVISIONING",
      description: "Provisions new devices of a product with its claim certificate",
      enabled: true,
      provisioningRoleArn: role.roleArn,
      preProvisioningHook: { targetArn: hook.functionArn, payloadVersion: "2020-04-01" },
      templateBody: Stack.of(this).toJsonString(body(devicePolicy)),
    });
    template.node.addDependency(hook);
  }
}

/** The hook decides the device id and the fleet; parameters of the device cannot. */
const body = (devicePolicy: CfnPolicy) => ({
  Parameters: {
    SerialNumber: { Type: "String" },
    DeviceId: { Type: "String", Default: "none" },
    Fleet: { Type: "String", Default: "none" },
    [certificateId]: { Type: "String" },
  },
  Resources: {
    thing: {
      Type: "AWS::IoT::Thing",
      Properties: {
        ThingName: parameter("DeviceId"),
        AttributePayload: { fleet: parameter("Fleet") },
      },
      OverrideSettings: { AttributePayload: "MERGE" },
    },
    certificate: {
      Type: "AWS::IoT::Certificate",
      Properties: { CertificateId: parameter(certificateId), Status: "Active" },
    },
    policy: { Type: "AWS::IoT::Policy", Properties: { PolicyName: devicePolicy.policyName } },
  },
  DeviceConfiguration: { fleet: parameter("Fleet") },
});

/**
 * A claim certificate connects with client ids that no device has, and may only request a
 * certificate and its provisioning. The policy outlives its stack, like the one of devices.
 */
const claimPolicy = (scope: Construct, isClosed: boolean): CfnPolicy => {
  const { account, region, partition } = Stack.of(scope);
  const arn = (resource: string) => `arn:${partition}:iot:${region}:${account}:${resource}`;
  const requests = [
    "$aws/certificates/create/json",
    "$aws/certificates/create-from-csr/json",
    `$aws/provisioning-templates/${claimTemplateName}/provision/json`,
  ];
  const answers = requests.flatMap((request) => [`${request}/accepted`, `${request}/rejected`]);
  const statement = (Action: string, resources: readonly string[]) => ({
    Effect: "Allow",
    Action,
    Resource: resources.map(arn),
  });
  const allowed = {
    Version: "2012-10-17",
    Statement: [
      statement("iot:Connect", [`client/${claimClientPrefix}*`]),
      statement(
        "iot:Publish",
        requests.map((topic) => `topic/${topic}`),
      ),
      statement(
        "iot:Subscribe",
        answers.map((topic) => `topicfilter/${topic}`),
      ),
      statement(
        "iot:Receive",
        answers.map((topic) => `topic/${topic}`),
      ),
    ],
  };
  const policy = new CfnPolicy(scope, "ClaimPolicy", {
    policyName: "godwit_claim",
    policyDocument: isClosed ? nothing : allowed,
  });
  policy.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  return policy;
};
