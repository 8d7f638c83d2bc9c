import { type Events, type EventsOptions, startEvents } from "./events/events.ts";
import type { AwsService } from "./http/awsService.ts";
import type { Authority } from "./iot/certificate/authority.ts";
import type { Lambda } from "./lambda/lambda.ts";
import { saveEmail } from "./mail/mailFolder.ts";
import { openSigner } from "./sns/signer.ts";
import { type Sns, startSns } from "./sns/sns.ts";
import type { Sqs } from "./sqs/sqs.ts";
import { startSsm } from "./ssm/ssm.ts";
import type { DiskSpace } from "./state/diskSpace.ts";

/** The services that pass messages on, and the parameters of their receivers. */
export interface Messaging {
  readonly events: Events;
  readonly sns: Sns;
  readonly ssm: AwsService;
}

interface MessagingOptions extends Omit<EventsOptions, "services"> {
  readonly authority: Authority;
  readonly state: { folder(name: string): string };
  readonly space: DiskSpace;
}

interface MessagingDeps {
  readonly sqs: Pick<Sqs, "client" | "url">;
  readonly lambda: Pick<Lambda, "invokeAsync">;
}

/** Starts SNS, EventBridge and Parameter Store, and adds their ends to `stops`. */
export const startMessaging = async (
  options: MessagingOptions,
  { sqs, lambda }: MessagingDeps,
  stops: (() => Promise<void>)[],
): Promise<Messaging> => {
  const { authority, state, log } = options;
  const mails = state.folder("mail");
  const invoked = { lambda, queues: sqs.client, queuesUrl: sqs.url };
  const sns = await startSns({
    ...options,
    folder: state.folder("sns"),
    signer: openSigner((key) => authority.certifyService("sns.amazonaws.com", key)),
    server: authority.server,
    services: {
      ...invoked,
      ca: authority.caPem,
      async saveEmail(text) {
        log("email written", { path: await saveEmail(text, mails) });
      },
    },
  });
  stops.push(sns.stop);
  const events = await startEvents({ ...options, services: { ...invoked, topics: sns.topics } });
  stops.push(events.stop);
  const ssm = await startSsm({ ...options, folder: state.folder("ssm") });
  stops.push(ssm.stop);
  return { events, sns, ssm };
};
