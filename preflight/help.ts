import { muteMinutesMax } from "./limits.ts";

/** Help text of `npm run preflight`. */
export const help = `Compares an AWS account with what the synthesized templates need, and prints what to do before a deployment.
It only reads.

npm run preflight -- [options]

  -c, --context KEY=VALUE  a setting, as for cdk deploy; can be repeated
  --profile NAME           a profile of the AWS configuration files
  --devices N              compare the quotas of IoT Core with N connected devices
  --interval S             that publish every S seconds (default 600)
  --json                   print JSON
  --help                   print this help

It checks the credentials and, in each region: that it is enabled, the CDK bootstrap, the state of the stacks, the fixed
names, the quotas of Lambda, DynamoDB, CloudWatch, API Gateway, SQS and IoT Core, SES, and the subscription of pageEmail.

RESULT  ok       nothing to do
        note     the deployment works; read what to do
        unknown  the check could not be made
        fail     the deployment would fail or be incomplete

Exits with 1 if a check fails, with 0 otherwise.`;

/** Help text of `npm run deploy`. */
export const deployHelp = `Runs npm run preflight, then cdk deploy with the templates that were checked. A failing check stops it.

npm run deploy -- [options] [arguments of cdk deploy]

  -c, --context KEY=VALUE  a setting; can be repeated
  --profile NAME           a profile of the AWS configuration files
  --ignore-preflight       deploy although a check fails
  --no-mute                let alarms page during the deployment
  --help                   print this help

Without names of stacks it deploys all. The first time it deploys them twice: a failed first deployment can only be
rolled back while the tables are unprotected, and the second one protects them.
While stacks are updated, the alarms do not page, for ${muteMinutesMax} minutes at most. Those that are still active at the end of the
deployment page then. Every other argument is for cdk deploy, for example --require-approval never.`;
