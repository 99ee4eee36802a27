import type { Check } from '../shared/checks.js';

/**
 * A model that may still be loading. A load that fails rejects the first call, and not the page.
 *
 * @param check of the model once it is loaded
 * @throws what `check` throws, of a model that is there
 */
export function loadingModel<Model>(model: Model | Promise<Model>, check: Check): Promise<Model> {
  const checked = (loaded: Model): Model => {
    check('`model`', loaded);
    return loaded;
  };
  const loading =
    typeof (Object(model) as { then?: unknown }).then === 'function'
      ? Promise.resolve(model).then(checked)
      : Promise.resolve(checked(model as Model));
  loading.catch(() => {});
  return loading;
}
