/** Names this package in the SDK's logs and telemetry. */
export const PROVIDER = 'edgebert';

/** What every model of the AI SDK says of itself. */
export function identity(modelId: string) {
  return { specificationVersion: 'v4', provider: PROVIDER, modelId } as const;
}
