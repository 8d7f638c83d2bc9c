import { callArgumentBytesMax } from "../../call/limits.ts";
import { topicBytesMax, topicSlashesMax } from "../../platform/quotas.ts";
import {
  ackTopic,
  callTopic,
  controlTopic,
  eventTopic,
  firmwareTopic,
} from "../../platform/topic.ts";
import { vitalsEvent } from "../../presence/vitals/vitals.ts";
import { capitalized } from "../nameObjects.ts";
import type { Channels, SendUse } from "./channel.ts";
import { commandMessages } from "./commandMessages.ts";
import { deviceMessages } from "./deviceMessages.ts";
import { updateMessages } from "./updateMessages.ts";

/** QoS 1, never retained: https://github.com/asyncapi/bindings/tree/master/mqtt */
const mqtt = { mqtt: { qos: 1, retain: false, bindingVersion: "0.2.0" } };

const event = eventTopic({ fleet: "{fleet}", device: "{device}", name: "{name}" });
const quietly = (rule: string, topic: string): string => `$aws/rules/${rule}/${topic}`;
const device = "{device}";

const eventText = `The payload is the data of the event, unchanged. A topic has at most ${topicBytesMax} bytes and ${topicSlashesMax} slashes, without the prefix of a rule.`;
const quietText = "Integrations receive the event, live subscribers do not.";
const subscribeText =
  "Also the events of other devices of the fleet, of the API (`device` is `api`) and of the cloud (`particle-internal`).";

type Messages = ReturnType<typeof deviceMessages>;

const eventChannels = ({ event: message, vitals }: Messages): Channels => ({
  vitals: {
    server: "mqtt",
    address: eventTopic({ fleet: "{fleet}", device: "{device}", name: vitalsEvent }),
    summary: "The vitals of a device: an event like any other, which the cloud also stores.",
    messages: { vitals },
    receive: {
      publishVitals: {
        summary: "A device publishes its vitals, on the command `vitals` or by itself.",
        bindings: mqtt,
      },
    },
  },
  events: {
    server: "mqtt",
    address: event,
    summary: `An event. ${eventText}`,
    messages: { event: message },
    receive: { publishEvent: { summary: "A device publishes an event.", bindings: mqtt } },
    send: {
      receiveEvent: { summary: `A device receives events. ${subscribeText}`, bindings: mqtt },
    },
  },
  eventsWithProperties: {
    server: "mqtt",
    address: `${event}/{properties}`,
    summary: `An event with properties. ${eventText}`,
    messages: { event: message },
    receive: {
      publishEventWithProperties: {
        summary: "A device publishes an event, and requests an acknowledgement by its `id`.",
        reply: { channel: "acks", messages: ["ack"] },
        bindings: mqtt,
      },
    },
    send: {
      receiveEventWithProperties: {
        summary: `A device receives events. ${subscribeText}`,
        bindings: mqtt,
      },
    },
  },
  quietEvents: {
    server: "mqtt",
    address: quietly("godwit_events", event),
    summary: `A quiet event. ${quietText}`,
    messages: { event: message },
    receive: { publishQuietly: { summary: "A device publishes a quiet event.", bindings: mqtt } },
  },
  quietEventsWithProperties: {
    server: "mqtt",
    address: `${quietly("godwit_events", event)}/{properties}`,
    summary: `A quiet event with properties. ${quietText}`,
    messages: { event: message },
    receive: {
      publishQuietlyWithProperties: {
        summary: "A device publishes a quiet event, and requests an acknowledgement by its `id`.",
        reply: { channel: "acks", messages: ["ack"] },
        bindings: mqtt,
      },
    },
  },
});

const callChannels = (messages: Messages): Channels => ({
  calls: {
    server: "mqtt",
    address: callTopic(device),
    summary: `Calls of functions, with an argument of at most ${callArgumentBytesMax} bytes, and reads of variables.`,
    messages: { functionCall: messages.functionCall, variableRead: messages.variableRead },
    send: {
      callFunction: {
        summary: "The cloud calls a function of the device.",
        messages: ["functionCall"],
        reply: { channel: "returns", messages: ["return", "callError"] },
        bindings: mqtt,
      },
      readVariable: {
        summary: "The cloud reads a variable of the device.",
        messages: ["variableRead"],
        reply: { channel: "returns", messages: ["return", "callError"] },
        bindings: mqtt,
      },
    },
  },
  returns: {
    server: "mqtt",
    address: quietly("godwit_returns", `returns/${device}`),
    summary: "Replies to calls, within 20 seconds.",
    messages: { return: messages.return, callError: messages.callError },
    receive: { answerCall: { summary: "A device replies to a call.", bindings: mqtt } },
  },
});

const updateChannels: Channels = {
  updates: {
    server: "mqtt",
    address: quietly("godwit_updates", `updates/${device}`),
    summary: "Reports about updates of the firmware, and requests for images.",
    messages: {
      updateReport: updateMessages.updateReport,
      urlRequest: updateMessages.urlRequest,
      blockRequest: updateMessages.blockRequest,
    },
    receive: {
      reportUpdate: {
        summary: "A device reports about an update.",
        messages: ["updateReport"],
        bindings: mqtt,
      },
      requestUrl: {
        summary: "A device requests a fresh URL.",
        messages: ["urlRequest"],
        reply: { channel: "control", messages: ["updateCommand", "cancelUpdateCommand"] },
        bindings: mqtt,
      },
      requestBlock: {
        summary: "A device requests a block of an image.",
        messages: ["blockRequest"],
        reply: { channel: "firmware", messages: ["block"] },
        bindings: mqtt,
      },
    },
  },
  firmware: {
    server: "mqtt",
    address: firmwareTopic(device),
    summary: "Blocks of images, for devices that cannot download from a URL.",
    messages: { block: updateMessages.block },
    send: {
      sendBlock: {
        summary: "The cloud sends a block, once.",
        bindings: { mqtt: { ...mqtt.mqtt, qos: 0 } },
      },
    },
  },
};

const controlChannel = (messages: ReturnType<typeof commandMessages>): Channels => ({
  control: {
    server: "mqtt",
    address: controlTopic(device),
    summary: "Commands of the cloud. Ignore unknown ones.",
    messages,
    send: Object.fromEntries(
      Object.entries(messages).map(([name, { summary }]) => [
        `send${capitalized(name)}`,
        { summary, messages: [name], bindings: mqtt },
      ]),
    ),
  },
});

/** The topics of devices: docs/device.md describes their behavior. */
export const deviceChannels = (use: SendUse): Channels => {
  const messages = deviceMessages(use);
  return {
    ...eventChannels(messages),
    ...ownChannels(messages),
    ...callChannels(messages),
    ...updateChannels,
    ...controlChannel(commandMessages(use)),
  };
};

const ownChannels = (messages: Messages): Channels => ({
  acks: {
    server: "mqtt",
    address: ackTopic(device),
    summary: "Acknowledgements of events whose deliveries are queued durably.",
    messages: { ack: messages.ack },
    send: { sendAck: { summary: "The cloud acknowledges events with an `id`.", bindings: mqtt } },
  },
  hello: {
    server: "mqtt",
    address: `hello/${device}`,
    summary: "A device describes itself, on each connection and on the command `hello`.",
    messages: { hello: messages.hello },
    receive: { describeDevice: { summary: "A device describes itself.", bindings: mqtt } },
  },
  certificates: {
    server: "mqtt",
    address: quietly("godwit_certificates", `certificates/${device}`),
    summary: "Requests for a new certificate.",
    messages: { certificateRequest: messages.certificateRequest },
    receive: {
      requestCertificate: {
        summary: "A device requests a certificate for a new key.",
        reply: {
          channel: "control",
          messages: ["certificateCommand", "certificateRefusedCommand"],
        },
        bindings: mqtt,
      },
    },
  },
});
