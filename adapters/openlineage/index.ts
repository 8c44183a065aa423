export { fileTransport } from './file.ts';
export { httpTransport, type HttpSettings } from './http.ts';
export { kafkaTransport } from './kafka.ts';
export { LineageUnavailable, type LineageTransport } from './port.ts';
