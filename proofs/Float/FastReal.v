(* Over the reals, the fast semantics is the semantics without any premise. *)
From Coq Require Import Reals Lra.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Float.Fast.

(* 0 + a = a *)
Lemma sums_well_R : sums_well Rscal (fun _ => True).
Proof. split; auto. intros a _. simpl. lra. Qed.
Theorem fast_sem_real op ats rt vs o : fast_sem Rscal op ats rt vs o = sem Rscal op ats rt vs o.
Proof. apply (fast_sem_same Rscal (fun _ => True)), sums_well_R. Qed.
