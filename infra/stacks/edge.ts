import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { CfnBasePathMapping, CfnDomainName, type RestApi } from "aws-cdk-lib/aws-apigateway";
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
  /** The public zone that the name is in. */
  readonly hostedZoneId: string;
  /** The API of the stack's own region. */
  readonly api: RestApi;
}

/**
 * One region behind a name that all regions share: DNS sends a client to the nearest region that is well. Everything
 * that decides so is made beforehand; when a region is lost, nobody has to change anything.
 */
export class Edge extends Stack {
  readonly healthCheck: IHealthCheck;

  constructor(scope: Construct, id: string, { domain, hostedZoneId, api, ...props }: EdgeProps) {
    super(scope, id, props);
    const { region } = props.env;
    this.healthCheck = this.check(api);
    const name = this.name(domain, { hostedZoneId, api });
    // A client asks for both kinds of address, and each kind is a choice of its own.
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
          // The health check has asked more than that.
          evaluateTargetHealth: false,
        },
      });
    }
    new CfnOutput(this, "DomainUrl", { value: `https://${domain}/` });
    new CfnOutput(this, "HealthCheck", { value: this.healthCheck.healthCheckId });
  }

  /** It asks the region under a name of its own: under the common one, it would ask whichever region is well. */
  private check(api: RestApi): HealthCheck {
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
    { hostedZoneId, api }: { hostedZoneId: string; api: RestApi },
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
