import { transferCases } from '../browser/weights/transfer-cases';
import { test } from './support';

transferCases(test);
