import {
  GetAccountCommand,
  GetEmailIdentityCommand,
  type GetEmailIdentityResponse,
} from "@aws-sdk/client-sesv2";
import type { Aws } from "../aws.ts";
import type { Check } from "../check.ts";
import { isNotFound } from "../explain.ts";
import { type Finding, ok } from "../row.ts";

/** Whether SES sends mails of `mailFrom`. Without `mailFrom` no mail is sent. */
export const checkMail: Check = async ({ aws, requirements, signal }) => {
  const { mailFrom } = requirements;
  if (mailFrom === undefined) return [];
  const [identity, account] = [
    await checkIdentity(aws, mailFrom, signal),
    await checkSandbox(aws, signal),
  ];
  return [identity, account];
};

const checkIdentity = async (aws: Aws, mailFrom: string, signal: AbortSignal): Promise<Finding> => {
  const check = `SES: sender ${mailFrom}`;
  const domain = mailFrom.slice(mailFrom.lastIndexOf("@") + 1);
  const found = {
    address: await stateOf(aws, mailFrom, signal),
    domain: await stateOf(aws, domain, signal),
  };
  const needed = "verified address or domain";
  const verified = Object.entries(found).find(([, { isVerified }]) => isVerified);
  if (verified !== undefined) return ok(check, `verified ${verified[0]}`, needed);
  const pending = Object.values(found).find(({ status }) => status !== undefined);
  const create = `aws sesv2 create-email-identity --email-identity ${mailFrom} --region ${aws.region}`;
  return {
    check,
    found: pending === undefined ? "no identity" : `not verified (${pending.status})`,
    needed,
    result: "fail",
    action:
      pending === undefined
        ? `${create}, then open the link in the mail that AWS sends to the address.`
        : "Open the link in the mail of AWS, or publish the DNS records of the domain.",
  };
};

interface IdentityState {
  readonly isVerified: boolean;
  readonly status?: string | undefined;
}

const stateOf = async (
  { ses }: Aws,
  EmailIdentity: string,
  abortSignal: AbortSignal,
): Promise<IdentityState> =>
  await ses.send(new GetEmailIdentityCommand({ EmailIdentity }), { abortSignal }).then(
    ({ VerifiedForSendingStatus, VerificationStatus }: GetEmailIdentityResponse) => ({
      isVerified: VerifiedForSendingStatus === true,
      status: VerificationStatus ?? "UNKNOWN",
    }),
    (error: unknown) => {
      if (isNotFound(error)) return { isVerified: false };
      throw error;
    },
  );

const checkSandbox = async ({ ses, region }: Aws, abortSignal: AbortSignal): Promise<Finding> => {
  const check = "SES: account";
  const needed = "production access";
  const account = await ses.send(new GetAccountCommand({}), { abortSignal });
  if (account.SendingEnabled === false) {
    const action = `Sending is disabled (${account.EnforcementStatus ?? "no reason given"}): ask AWS Support.`;
    return { check, found: "sending disabled", needed, result: "fail", action };
  }
  if (account.ProductionAccessEnabled === true) return ok(check, "production access", needed);
  const action = `In the sandbox SES sends only to verified addresses. aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL --website-url https://example.com --region ${region}`;
  return { check, found: "sandbox", needed, result: "note", action };
};
