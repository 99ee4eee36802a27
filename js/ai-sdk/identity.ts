/** Names this package in the SDK's logs and telemetry. */
export const PROVIDER = 'edgebert';

/** What every model of the AI SDK says of itself. */
export function identity(modelId: string) {
  return { specificationVersion: 'v4', provider: PROVIDER, modelId } as const;
}

/** A model that may still be loading. A failed load rejects the first call, not the page. */
export function loadingModel<Model>(model: Model | Promise<Model>): Promise<Model> {
  const loading = Promise.resolve(model);
  loading.catch(() => {});
  return loading;
}
