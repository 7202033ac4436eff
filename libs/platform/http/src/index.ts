export type { HttpAnswer, HttpFailure, HttpRequest } from './exchange.js';
export { createHttpClient, type HttpClient, type HttpClientOptions } from './http-client.js';
