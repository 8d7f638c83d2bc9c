/** The MQTT broker of this region. */
export interface Broker {
  publish(topic: string, payload: Uint8Array): Promise<void>;
}
