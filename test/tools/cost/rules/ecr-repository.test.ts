import { lines } from '../priced';

test('a repository is billed by the images that its lifecycle policy keeps', () => {
  const keep = { rules: [{ selection: { countType: 'imageCountMoreThan', countNumber: 10 } }] };
  const resources = {
    It: {
      Type: 'AWS::ECR::Repository',
      Properties: { LifecyclePolicy: { LifecyclePolicyText: JSON.stringify(keep) } },
    },
  };
  // 10 x 0.1 GB x 0.10 = 0.10
  expect(lines('It', resources)).toEqual({ '10 images': 0.1 });
});
