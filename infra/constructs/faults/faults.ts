import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type Function as Lambda, LayerVersion } from "aws-cdk-lib/aws-lambda";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { faultPollMs } from "../../sizes.ts";
import { acknowledge } from "../acknowledge.ts";
import { allow } from "../allow.ts";

/** https://docs.aws.amazon.com/fis/latest/userguide/actions-lambda-extension-arns.html */
const extension = "/aws/service/fis/lambda-extension/AWS-FIS-extension-arm64/1.x.x";
const folder = "FisConfigs";

interface Breakable {
  readonly functions: readonly Lambda[];
  /** ARNs of global tables. */
  readonly tables: readonly string[];
}

/**
 * Lets AWS FIS inject errors and latency into functions: FIS writes an object into a bucket, and an
 * extension of each function reads it.
 * https://docs.aws.amazon.com/fis/latest/userguide/use-lambda-actions.html
 */
export class Faults extends Construct {
  /** The role of FIS, for experiments of this account and region. */
  readonly role: Role;
  private readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { functions, tables }: Breakable) {
    super(scope, id);
    this.role = new Role(this, "Fis", { assumedBy: fis(Stack.of(this)) });
    this.bucket = new Bucket(this, "Bucket", {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // FIS removes its objects; those of an aborted experiment have no value.
      lifecycleRules: [{ expiration: Duration.days(1) }],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(
      this.bucket,
      ["AwsSolutions-S1"],
      "Only AWS FIS and some functions reach it, and its objects expire after a day.",
    );
    const arn = StringParameter.valueForStringParameter(this, extension);
    const layer = LayerVersion.fromLayerVersionArn(this, "Extension", arn);
    for (const each of functions) {
      each.addLayers(layer);
      each.addEnvironment("AWS_LAMBDA_EXEC_WRAPPER", "/opt/aws-fis/bootstrap");
      each.addEnvironment("AWS_FIS_CONFIGURATION_LOCATION", `${this.bucket.bucketArn}/${folder}/`);
      // Otherwise an invocation may run before the extension has read the fault.
      each.addEnvironment("AWS_FIS_POLL_MAX_WAIT_MILLISECONDS", String(faultPollMs));
      each.addEnvironment("AWS_FIS_LOG_LEVEL", "WARN");
      this.allowRead(each);
    }
    this.allowBreak({ functions, tables });
  }

  private get notes(): string {
    return this.bucket.arnForObjects(`${folder}/*`);
  }

  /** https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html */
  private allowBreak({ functions, tables }: Breakable): void {
    allow(this.role, ["s3:PutObject", "s3:DeleteObject"], [this.notes], objects);
    allow(
      this.role,
      ["lambda:GetFunction"],
      functions.map(({ functionArn }) => functionArn),
    );
    allow(
      this.role,
      [
        "dynamodb:DescribeTable",
        "dynamodb:GetResourcePolicy",
        "dynamodb:PutResourcePolicy",
        "dynamodb:DeleteResourcePolicy",
      ],
      tables,
    );
    // FIS requires it for every action, also where the targets are named one by one.
    allow(this.role, ["tag:GetResources"], ["*"], "tag:GetResources has no resource.");
  }

  private allowRead(reader: Lambda): void {
    allow(reader, ["s3:GetObject"], [this.notes], objects);
    reader.addToRolePolicy(
      new PolicyStatement({
        actions: ["s3:ListBucket"],
        resources: [this.bucket.bucketArn],
        conditions: { StringLike: { "s3:prefix": [`${folder}/*`] } },
      }),
    );
  }
}

const objects = "AWS FIS names the objects that its extension reads.";

const fis = ({ account, region, partition }: Stack): ServicePrincipal =>
  new ServicePrincipal("fis.amazonaws.com", {
    conditions: {
      StringEquals: { "aws:SourceAccount": account },
      ArnLike: { "aws:SourceArn": `arn:${partition}:fis:${region}:${account}:experiment/*` },
    },
  });
