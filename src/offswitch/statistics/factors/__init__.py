"""The factor model: penalised logistic regression with surfaces as a random effect."""

from offswitch.statistics.factors.design import Term
from offswitch.statistics.factors.model import FactorModel, OddsRatio, Source, fit_factors

__all__ = ["FactorModel", "OddsRatio", "Source", "Term", "fit_factors"]
