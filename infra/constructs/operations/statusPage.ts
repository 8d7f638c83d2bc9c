import { CfnOutput, Duration, Stack } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { S3BucketOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { type ITableV2, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { incidentDays, statusTimeoutSeconds } from "../../../shared/status/limits.ts";
import { statusCacheSeconds } from "../../sizes.ts";
import type { StatusPageSettings } from "../../statusPageSettings.ts";
import { acknowledge } from "../acknowledge.ts";
import { allow } from "../allow.ts";
import { slotsTableName } from "../api/service.ts";
import { fn } from "../function/fn.ts";
import type { GlobalTables } from "../globalTables.ts";
import { keptBucket } from "../keptBucket.ts";
import type { Pages } from "../pages.ts";
import { noRepetition, schedule } from "../schedule.ts";
import { allowAlarmStates } from "./allowAlarmStates.ts";
import { startOrEnd } from "./startOrEnd.ts";

interface StatusPageOptions {
  readonly tables: GlobalTables;
  readonly pages: Pages;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
  readonly settings: StatusPageSettings;
}

/**
 * The status page of all regions, in a bucket of this one behind a name of its own. No view of the
 * page calls the product, and nothing of the product calls this function (ADR 64).
 */
export class StatusPage extends Construct {
  /** The public address of the page, without a slash at its end; absent without CloudFront. */
  readonly url: string | undefined;

  constructor(
    scope: Construct,
    id: string,
    { tables, pages, regions, settings }: StatusPageOptions,
  ) {
    super(scope, id);
    const { region } = Stack.of(this);
    const bucket = keptBucket(this, [
      { expiration: Duration.days(incidentDays), prefix: "public/" },
    ]);
    const own = settings.domains?.[region];
    const distribution = settings.cloudFront ? this.distribution(bucket, own) : undefined;
    const url = distribution && `https://${own?.name ?? distribution.distributionDomainName}`;
    this.url = url;
    const others = Object.entries(settings.domains ?? {}).filter(([other]) => other !== region);
    const worker = fn(this, "status", {
      environment: {
        STATUS_BUCKET: bucket.bucketName,
        STATUS_TITLE: settings.title,
        ...(url !== undefined && { STATUS_URL: url }),
        STATUS_SUPPORT_URL: settings.supportUrl ?? "",
        STATUS_SUBSCRIBE_URL: settings.subscribeUrl ?? "",
        STATUS_OTHER_URLS: others.map(([, { name }]) => `https://${name}`).join(),
        OPERATIONS_TABLE: tables.operations.tableName,
        SLOTS_TABLE: slotsTableName,
        REGIONS: regions.join(),
      },
      timeoutSeconds: statusTimeoutSeconds,
      functionName: "godwit-status",
      pages,
    });
    const slots = TableV2.fromTableName(this, "Slots", slotsTableName);
    this.allow(worker, { bucket, tables, regions });
    this.invoke(worker, { slots, pages });
    const value = url ?? `none: CloudFront is left out, see s3://${bucket.bucketName}/public`;
    new CfnOutput(Stack.of(this), "StatusPageUrl", { value });
  }

  private distribution(
    bucket: Bucket,
    own: { readonly name: string; readonly certificateArn: string } | undefined,
  ): Distribution {
    const responseHeadersPolicy = this.headers();
    const distribution = new Distribution(this, "Distribution", {
      comment: "Godwit: status page",
      defaultRootObject: "index.html",
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket, { originPath: "/public" }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
        cachePolicy: new CachePolicy(this, "Cache", {
          comment: "Godwit: status page",
          minTtl: Duration.seconds(0),
          defaultTtl: Duration.seconds(statusCacheSeconds),
          maxTtl: Duration.seconds(statusCacheSeconds),
          enableAcceptEncodingBrotli: true,
          enableAcceptEncodingGzip: true,
        }),
        responseHeadersPolicy,
        compress: true,
      },
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      ...(own && {
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
        domainNames: [own.name],
        certificate: Certificate.fromCertificateArn(this, "Certificate", own.certificateArn),
      }),
    });
    acknowledge(distribution, ["AwsSolutions-CFR1"], "The page is public in every country.");
    acknowledge(distribution, ["AwsSolutions-CFR2"], "Static files need no web firewall.");
    acknowledge(distribution, ["AwsSolutions-CFR3"], "Views of a public page are not recorded.");
    acknowledge(
      distribution,
      ["AwsSolutions-CFR4"],
      "CloudFront's own certificate accepts TLS 1.0 and later; a domain of yours has TLS 1.2.",
    );
    return distribution;
  }

  /** Readers see a change within seconds, and other sites may read the JSON files. */
  private headers(): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, "Headers", {
      comment: "Godwit: status page",
      customHeadersBehavior: {
        customHeaders: [
          {
            header: "Cache-Control",
            value: `public, max-age=${statusCacheSeconds}`,
            override: true,
          },
        ],
      },
      corsBehavior: {
        accessControlAllowCredentials: false,
        accessControlAllowHeaders: ["*"],
        accessControlAllowMethods: ["GET", "HEAD", "OPTIONS"],
        accessControlAllowOrigins: ["*"],
        originOverride: true,
      },
      securityHeadersBehavior: {
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: false,
          override: true,
        },
      },
    });
  }

  private allow(
    worker: LambdaFunction,
    {
      bucket,
      tables,
      regions,
    }: { bucket: Bucket; tables: GlobalTables; regions: readonly string[] },
  ): void {
    const objects = bucket.arnForObjects("public/*");
    allow(worker, ["s3:ListBucket"], [bucket.bucketArn]);
    allow(worker, ["s3:PutObject"], [objects], "The files of the page.");
    allow(worker, ["s3:GetObject", "s3:PutObject"], [bucket.arnForObjects("state.json")]);
    tables.operations.grant(worker, "dynamodb:Query", "dynamodb:PutItem");
    allowAlarmStates(worker, regions);
  }

  /** Every minute, and when an alarm changes its state: a change is shown within seconds. */
  private invoke(
    worker: LambdaFunction,
    { slots, pages }: { slots: ITableV2; pages: Pages },
  ): void {
    schedule(this, worker, {
      minutes: 1,
      slots,
      description: "Renews the status page",
      stopped: {
        sentence: "The schedule that renews the status page does not run.",
        severity: "warning",
        components: [],
      },
      pages,
    });
    new Rule(this, "Changed", {
      description: "Renews the status page when an alarm of Godwit starts or ends",
      eventPattern: {
        source: ["aws.cloudwatch"],
        detailType: ["CloudWatch Alarm State Change"],
        // Not the first state of each alarm after a deployment: more than a hundred at once.
        detail: { alarmName: [{ prefix: "Godwit-" }], $or: startOrEnd },
      },
      targets: [new FunctionTarget(worker, noRepetition)],
    });
  }
}
