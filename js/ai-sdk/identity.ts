import { checkOptions, isOneOf } from '../shared/checks.js';
import type { AiModelOptions, AiSpecification } from './types.js';

/** Names this package in the SDK's logs and telemetry. */
export const PROVIDER = 'edgebert';

const OPTIONS = { specification: isOneOf('v3', 'v4') };

/** What every model of the AI SDK says of itself. */
export function identity<Version extends AiSpecification>(
  call: string,
  modelId: string,
  options: AiModelOptions<Version>,
) {
  checkOptions<AiModelOptions>(call, options, OPTIONS);
  const specificationVersion = (options.specification ?? 'v4') as Version;
  return { specificationVersion, provider: PROVIDER, modelId };
}
