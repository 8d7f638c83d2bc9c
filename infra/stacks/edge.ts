import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { CfnBasePathMapping, CfnDomainName, type SpecRestApi } from "aws-cdk-lib/aws-apigateway";
import { Certificate, CertificateValidation } from "aws-cdk-lib/aws-certificatemanager";
import {
  CfnRecordSet,
  HealthCheck,
  HealthCheckType,
  HostedZone,
  type IHealthCheck,
} from "aws-cdk-lib/aws-route53";
import type { Construct } from "constructs";
import { healthPath } from "../../shared/routes/healthRoutes.ts";
import { healthCheckFailures, healthCheckSeconds } from "../sizes.ts";

interface EdgeProps extends StackProps {
  readonly env: { readonly region: string };
  /** The name of the API, the same in every region. */
  readonly domain: string;
  /** The public hosted zone of the name. */
  readonly hostedZoneId: string;
  /** The API of this region. */
  readonly api: SpecRestApi;
}

/** The name of the stack with the domain name of a region. */
export const edgeStackName = (region: string): string => `Godwit-Edge-${region}`;

/**
 * One region behind a name that all regions share. DNS sends a client to the nearest healthy
 * region. All records and health checks exist in advance, so the loss of a region needs no change.
 */
export class Edge extends Stack {
  readonly healthCheck: IHealthCheck;

  constructor(scope: Construct, id: string, { domain, hostedZoneId, api, ...props }: EdgeProps) {
    super(scope, id, props);
    const { region } = props.env;
    this.healthCheck = this.check(api);
    const name = this.name(domain, { hostedZoneId, api });
    // A client resolves A and AAAA records, and Route 53 chooses a region for each.
    for (const type of ["A", "AAAA"]) {
      new CfnRecordSet(this, type, {
        hostedZoneId,
        name: domain,
        type,
        setIdentifier: region,
        region,
        healthCheckId: this.healthCheck.healthCheckId,
        aliasTarget: {
          dnsName: name.attrRegionalDomainName,
          hostedZoneId: name.attrRegionalHostedZoneId,
          // The health check above checks more than the target's health.
          evaluateTargetHealth: false,
        },
      });
    }
    new CfnOutput(this, "DomainUrl", { value: `https://${domain}/` });
    new CfnOutput(this, "HealthCheck", { value: this.healthCheck.healthCheckId });
  }

  /**
   * The health check uses the region's own name: the common name resolves to any healthy region.
   */
  private check(api: SpecRestApi): HealthCheck {
    return new HealthCheck(this, "Health", {
      type: HealthCheckType.HTTPS,
      fqdn: `${api.restApiId}.execute-api.${this.region}.${this.urlSuffix}`,
      port: 443,
      resourcePath: `/${api.deploymentStage.stageName}${healthPath}`,
      requestInterval: Duration.seconds(healthCheckSeconds),
      failureThreshold: healthCheckFailures,
    });
  }

  private name(
    domain: string,
    { hostedZoneId, api }: { hostedZoneId: string; api: SpecRestApi },
  ): CfnDomainName {
    const zone = HostedZone.fromHostedZoneId(this, "Zone", hostedZoneId);
    const certificate = new Certificate(this, "Certificate", {
      domainName: domain,
      validation: CertificateValidation.fromDns(zone),
    });
    const name = new CfnDomainName(this, "Name", {
      domainName: domain,
      regionalCertificateArn: certificate.certificateArn,
      endpointConfiguration: { types: ["REGIONAL"], ipAddressType: "dualstack" },
      securityPolicy: "TLS_1_2",
    });
    new CfnBasePathMapping(this, "Mapping", {
      domainName: name.ref,
      restApiId: api.restApiId,
      stage: api.deploymentStage.stageName,
    });
    return name;
  }
}
