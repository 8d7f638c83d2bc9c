import { eventText } from "#shared/event/deviceEvent.ts";
import type { DeadLetter } from "#shared/integration/deadLetter.ts";
import type { Integration } from "#shared/integration/integration.ts";
import { hiddenSecret } from "#shared/integration/integrationInput.ts";

/** An integration as Particle's clients expect it in lists and after a change. */
export const integrationView = ({
  id,
  event,
  name,
  url,
  requestType,
  deviceID,
  disabled,
  createdAt,
}: Integration): object => ({
  id,
  event,
  name,
  url,
  requestType,
  deviceID: deviceID ?? null,
  disabled,
  created_at: createdAt,
  integration_type: "Webhook",
});

/** All of an integration's settings but the password and the headers' values, which may be secrets. */
export const integrationDetails = (integration: Integration): object => {
  const { fleet: _, createdAt, headers, auth, ...settings } = integration;
  return {
    ...settings,
    ...(headers && {
      headers: Object.fromEntries(Object.keys(headers).map((key) => [key, hiddenSecret])),
    }),
    ...(auth && { auth: { username: auth.username, password: hiddenSecret } }),
    created_at: createdAt,
    integration_type: "Webhook",
  };
};

/** A dead letter as our own API shows it. */
export const deadLetterView = ({ delivery, reason, buriedAt }: DeadLetter): object => {
  const { id, event, attempts } = delivery;
  return {
    id,
    reason,
    attempts,
    failed_at: new Date(buriedAt).toISOString(),
    event: {
      id: event.id,
      name: event.name,
      data: eventText(event),
      coreid: event.device,
      published_at: new Date(event.publishedAt).toISOString(),
    },
  };
};
