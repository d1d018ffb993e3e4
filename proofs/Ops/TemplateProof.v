(* Templates: what a straight line of instructions leaves in the local environment. *)
From Coq Require Import Reals ZArith List Bool Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
Import ListNotations.

(* Instructions only append to the environment, one value each. *)
Lemma teval_app tm tm' L : teval (tm ++ tm') L = teval tm' (teval tm L).
Proof. apply fold_left_app. Qed.
(* What is there stays there. *)
Lemma teval_extends tm L : exists E, teval tm L = L ++ E.
Proof.
  revert L; induction tm as [|t tm IH]; intros L; simpl.
  - exists []. rewrite app_nil_r; auto.
  - destruct (IH (tstep L t)) as [E HE]. rewrite HE. unfold tstep. rewrite <- app_assoc. eexists; auto.
Qed.
(* one value per instruction *)
Lemma teval_length tm L : length (teval tm L) = (length L + length tm)%nat.
Proof.
  revert L; induction tm as [|t tm IH]; intros L; simpl. lia.
  rewrite IH. unfold tstep. rewrite app_length; simpl; lia.
Qed.
(* Earlier values are not touched. *)
Lemma teval_nth tm L k : (k < length L)%nat -> nth k (teval tm L) tz = nth k L tz.
Proof. intros H. destruct (teval_extends tm L) as [E ->]. apply app_nth1; auto. Qed.
(* The value of the last instruction. *)
Lemma nth_tstep L t : nth (length L) (tstep L t) tz
  = sem Rscal (t_op t) (t_ats t) (t_rty t) (map (fun k => nth k L tz) (t_args t)).
Proof. unfold tstep. rewrite nth_middle; auto. Qed.

(* Instructions and the place of what they made: run in L they leave f, of shape s, there. *)
Definition leaves (c : list tinstr * nat) (s : shape) (L : list tensor) (f : tensor) : Prop :=
  (snd c < length L + length (fst c))%nat
  /\ forall i, inb s i = true -> nth (snd c) (teval (fst c) L) tz i = f i.

(* No instruction: a value that is there. *)
Lemma leaves_nothing k s L f : (k < length L)%nat -> (forall i, inb s i = true -> nth k L tz i = f i) ->
  leaves ([], k) s L f.
Proof. intros; split; simpl; auto; lia. Qed.
(* One instruction. *)
Lemma leaves_instr n t s L f : n = length L ->
  (forall i, inb s i = true ->
     sem Rscal (t_op t) (t_ats t) (t_rty t) (map (fun k => nth k L tz) (t_args t)) i = f i) ->
  leaves ([t], n) s L f.
Proof. intros -> H; split; simpl. lia. intros i Hi. rewrite nth_tstep; auto. Qed.
(* First some instructions, then others that find what the first ones left. *)
Lemma leaves_after c d s L f : leaves d s (teval c L) f -> leaves (c ++ fst d, snd d) s L f.
Proof.
  intros [H1 H2]. rewrite teval_length in H1. split; simpl.
  - rewrite app_length; lia.
  - intros i Hi. rewrite teval_app. auto.
Qed.
