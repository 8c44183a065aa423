import {
  CompositePayloadConverter,
  JsonPayloadConverter,
  UndefinedPayloadConverter,
  BinaryPayloadConverter,
} from '@temporalio/common';
import type { Payload, PayloadConverter } from '@temporalio/common';

/** What a handler receives in place of a payload that cannot be read. */
export interface Undecodable {
  readonly undecodable: string;
}

/**
 * Never throws on the way in. The Web UI lets a person send `json/protobuf`, and any client can send bytes of any kind;
 * a converter that throws fails the workflow task, which is then tried again for ever: one wrong click would wedge the
 * release. The handler gets an `Undecodable` instead, and answers as to any other wrong message.
 */
class TotalPayloadConverter implements PayloadConverter {
  private readonly inner = new CompositePayloadConverter(
    new UndefinedPayloadConverter(),
    new BinaryPayloadConverter(),
    new JsonPayloadConverter(),
  );

  toPayload<T>(value: T): Payload {
    return this.inner.toPayload(value);
  }

  fromPayload<T>(payload: Payload): T {
    try {
      return this.inner.fromPayload<T>(payload);
    } catch (error) {
      const undecodable: Undecodable = {
        undecodable: error instanceof Error ? error.message : String(error),
      };
      return undecodable as T;
    }
  }
}

export const payloadConverter = new TotalPayloadConverter();
