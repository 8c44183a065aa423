import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';

export interface TemporalSettings {
  /** For `Connection.connect` of a client and `NativeConnection.connect` of a worker alike. */
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
  readonly namespace: string;
}

/**
 * Where Temporal is: a profile of `temporal.toml` (`TEMPORAL_PROFILE`), overridden by `TEMPORAL_ADDRESS`,
 * `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_*`; else 127.0.0.1:7233 and `default`.
 */
export function temporalSettings(): TemporalSettings {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  return {
    connectionOptions: { ...connectionOptions, address: connectionOptions.address ?? '127.0.0.1:7233' },
    namespace: namespace ?? 'default',
  };
}

export interface ConnectOptions {
  /**
   * Do not wait for the server: calls fail with UNAVAILABLE until it is there. For processes that must outlive an absence
   * of Temporal from their first moment on.
   */
  readonly lazy?: boolean;
}

/** gRPC alone would wait up to two minutes between attempts to reach a server that was away for long. */
const RECONNECT_MS = 3_000;

/** A client of the Temporal service that the environment names. Close it with `client.connection.close()`. */
export async function connectClient({ lazy = false }: ConnectOptions = {}): Promise<Client> {
  const { connectionOptions, namespace } = temporalSettings();
  const options = { ...connectionOptions, channelArgs: { 'grpc.max_reconnect_backoff_ms': RECONNECT_MS } };
  const connection = lazy ? Connection.lazy(options) : await Connection.connect(options);
  return new Client({ connection, namespace });
}
