import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Api } from "../constructs/api/api.ts";
import type { Answers } from "../constructs/api/definition.ts";
import type { Pages } from "../constructs/pages.ts";

interface RestApiProps extends StackProps {
  /** The functions behind the API. */
  readonly answers: Answers;
  readonly pages: Pages;
}

/** The name of the stack with the REST API of a region. */
export const apiStackName = (region: string): string => `Godwit-Api-${region}`;

/**
 * The REST API of a region. It has its own stack, so that a change of routes changes nothing else.
 */
export class RestApi extends Stack {
  readonly api: Api;

  constructor(scope: Construct, id: string, { answers, pages, ...props }: RestApiProps) {
    super(scope, id, props);
    this.api = new Api(this, "Api", { answers, pages });
    // Exported also without a domain name, which can then be removed: CloudFormation removes no
    // export that another stack uses.
    this.exportValue(this.api.rest.restApiId);
    this.exportValue(this.api.rest.deploymentStage.stageName);
    new CfnOutput(this, "ApiUrl", { value: this.api.rest.url });
  }
}
