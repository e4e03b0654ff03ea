from __future__ import annotations

import numpy as np
import pytest

from nxpredict.workflows._comparison import pooled_sites


@pytest.mark.parametrize(("periods", "patients", "named"), [(1, 9, 0), (1, 10, 10), (2, 9, 0)])
def test_a_site_of_few_patients_is_pooled_however_many_periods_they_have(
    periods: int, patients: int, named: int
) -> None:
    site = np.repeat(["small", "large"], [patients, 40]).astype(object)
    pooled = pooled_sites(np.repeat(site, periods), np.repeat(np.arange(patients + 40), periods))
    assert pooled is not None
    assert pooled.count("small") == named * periods
    assert pooled.count("large") == 40 * periods
    assert len(pooled) == (patients + 40) * periods
