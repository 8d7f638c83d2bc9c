import { randomUUID } from "node:crypto";
import * as z from "zod";
import { type AwsService, startAwsService } from "../http/awsService.ts";
import { RestFailure } from "../http/restFailure.ts";
import { type RestRoute, restError, restHandler } from "../http/restHandler.ts";
import type { Credentials } from "../http/signature.ts";
import type { Access } from "../iam/access.ts";
import { AccessDenied } from "../iam/accessDenied.ts";
import { sesPermissions } from "../iam/permission/ses.ts";
import type { Log } from "../platform/log.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { eml } from "./eml.ts";
import { headersMax, mailBodyBytesMax, recipientsMax } from "./limits.ts";
import { saveEmail } from "./mailFolder.ts";

interface SesOptions {
  /** The folder of the `.eml` files, which only their owner can read. */
  readonly folder: string;
  readonly region: string;
  readonly account: string;
  readonly credentials: Credentials;
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  readonly space?: DiskSpace;
  readonly log: Log;
}

/**
 * Starts an SES that writes each email to a file instead of sending it, on any free port of
 * 127.0.0.1. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
export const startSes = async ({
  folder,
  region,
  account,
  credentials,
  access,
  space = openDiskSpace(),
  log,
}: SesOptions): Promise<AwsService> => {
  const permissionsOf = sesPermissions({ region, account });
  const routes: RestRoute[] = [
    {
      method: "POST",
      path: "/v2/email/outbound-emails",
      permissions({ body }) {
        const { FromEmailAddress: from, Destination } = read(body);
        return permissionsOf({ from, to: Destination.ToAddresses });
      },
      async answer({ body }) {
        const { FromEmailAddress: from, Destination, Content } = read(body);
        const { Subject, Body, Headers } = Content.Simple;
        const more = Object.fromEntries(Headers.map(({ Name, Value }) => [Name, Value]));
        const email = { from, to: Destination.ToAddresses, subject: Subject.Data, more };
        const mail = eml({ ...email, text: Body.Text.Data }, new Date());
        const path = await space.retryWhileFull(() => saveEmail(mail, folder));
        log("email written", { to: email.to.join(), path });
        return { MessageId: randomUUID() };
      },
    },
  ];
  return await startAwsService({
    region,
    signers: { credentials, roles: access, region, services: ["ses"] },
    bodyBytesMax: mailBodyBytesMax,
    errorResponse: (failure) =>
      restError(failure instanceof AccessDenied ? denied(failure) : failure),
    handler: restHandler({ routes, access, space }),
    log,
  });
};

/** SES has its own text. */
const denied = ({ denial: { user, action, resource }, status, code }: AccessDenied): RestFailure =>
  new RestFailure(
    `User \`${user}' is not authorized to perform \`${action}' on resource \`${resource}'`,
    { status, code },
  );

const line = z.string().regex(/^\P{Cc}*$/u, "has control characters");
const address = line.pipe(z.email());
const part = <Data extends z.ZodType>(Data: Data) =>
  z.strictObject({ Data, Charset: z.literal("UTF-8") });

const sendEmail = z.strictObject({
  FromEmailAddress: address,
  Destination: z.strictObject({ ToAddresses: z.array(address).min(1).max(recipientsMax) }),
  Content: z.strictObject({
    Simple: z.strictObject({
      Subject: part(line),
      Body: z.strictObject({ Text: part(z.string()) }),
      // https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
      Headers: z
        .array(
          z.strictObject({
            Name: z.string().regex(/^[\x21-\x39\x3b-\x7e]{1,126}$/),
            Value: z.string().regex(/^[\x20-\x7e]{1,870}$/),
          }),
        )
        .max(headersMax)
        .default([]),
    }),
  }),
});

const read = (body: Buffer): z.output<typeof sendEmail> => {
  const parsed = sendEmail.safeParse(JSON.parse(body.toString()));
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new RestFailure(why.join("; "), { status: 400, code: "BadRequestException" });
};
